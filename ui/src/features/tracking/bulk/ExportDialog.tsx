import { useState } from "react";
import { ConfirmDialog, Segmented, toast } from "@/components";
import { api, type ExportFormat } from "@/lib/api";
import { formatBytes, plural } from "@/lib/format";
import { orderBy } from "../queries";
import type { ExperimentView } from "../state";
import { ReachField } from "./ReachField";
import { type BulkTarget, countOf, firstReach, scopeOf } from "./scope";

type Props = { target: BulkTarget; view: ExperimentView; columns: readonly string[]; onClose: () => void };

/** The table as shown, with every digit. The place is asked by the system's own dialog. */
export function ExportDialog({ target, view, columns, onClose }: Props) {
  const [reach, setReach] = useState(firstReach(target));
  const [format, setFormat] = useState<ExportFormat>("csv");
  const exported = ["attributes.run_name", "attributes.status", ...columns];
  const save = async () => {
    const done = await api.exportRuns({
      scope: scopeOf(target, reach),
      columns: exported,
      aggregate: view.aggregate,
      orderBy: orderBy(view.sort, view.aggregate),
      format,
    });
    if (!done) return;
    const skipped = reach === "checked" ? target.checked.length - done.rows : 0;
    const told = skipped > 0 ? toast.warn : toast.ok;
    told({
      title: `${plural(done.rows, "run")} exported, ${formatBytes(done.sizeBytes)}`,
      detail: skipped > 0 ? `${plural(skipped, "run")} left out: gone, or in the trash. ${done.path}` : done.path,
    });
  };
  return (
    <ConfirmDialog
      title="Export runs"
      verb={`Export ${plural(countOf(target, reach), "run")}`}
      safe="Times are epoch milliseconds."
      ready={countOf(target, reach) > 0}
      data-testid="bulk-export"
      onClose={onClose}
      onConfirm={save}
    >
      <ReachField target={target} value={reach} onChange={setReach} />
      <div className="flex items-center gap-3">
        <Segmented<ExportFormat>
          label="Format"
          options={[
            { value: "csv", label: "CSV" },
            { value: "json", label: "JSON" },
          ]}
          value={format}
          onChange={setFormat}
        />
        <span className="text-fg-3 text-label">full precision, {view.aggregate} of each metric</span>
      </div>
      <div>
        <p className="pb-1 font-medium">{plural(exported.length + 1, "column")}, as the table shows them</p>
        <p className="mono max-h-24 overflow-auto text-fg-2">{["run_id", ...exported].join(", ")}</p>
      </div>
    </ConfirmDialog>
  );
}
