import { RotateCcw } from "lucide-react";
import { useMemo, useState } from "react";
import { Button, Checkbox, type Column, DataTable } from "@/components";
import type { TrashedRun } from "@/lib/api";
import { formatInteger, formatTime, plural } from "@/lib/format";
import { restoreRuns } from "../bulk/actions";
import { openedRun } from "../state";
import { Deleted } from "./Deleted";

const rowKey = (run: TrashedRun) => run.runId;

/** Deleted runs, as many as one likes back at once. */
export function TrashedRuns({ runs, total }: { runs: readonly TrashedRun[]; total: number }) {
  const [checked, setChecked] = useState<ReadonlySet<string>>(new Set());
  const [active, setActive] = useState<string | null>(null);
  const chosen = useMemo(() => runs.filter((run) => checked.has(run.runId)).map(rowKey), [runs, checked]);
  const columns = useMemo(() => columnsOf(runs, checked, setChecked), [runs, checked]);
  return (
    <section aria-label="Deleted runs" className="flex min-h-0 flex-1 flex-col">
      <h3 className="flex h-9 flex-none items-center gap-2 border-line border-b bg-panel px-3 font-semibold">
        Runs
        <span className="tnum font-normal text-fg-3 text-label">
          {runs.length < total
            ? `the last ${formatInteger(runs.length)} of ${formatInteger(total)}; restore some to see earlier ones`
            : formatInteger(total)}
        </span>
        <span className="ml-auto font-normal">
          <Button
            icon={RotateCcw}
            disabled={chosen.length === 0}
            data-testid="restore-runs"
            onClick={() => void restoreRuns(chosen).then((done) => done && setChecked(new Set()))}
          >
            Restore {chosen.length > 0 ? plural(chosen.length, "run") : "runs"}
          </Button>
        </span>
      </h3>
      <DataTable
        label="Deleted runs"
        rows={runs}
        columns={columns}
        rowKey={rowKey}
        rowHeight={28}
        rowTestId="trashed-run"
        activeKey={active}
        onActive={(run) => setActive(run.runId)}
        onOpen={(run) => openedRun.set(run.runId)}
        rowMenu={(run) => [
          { heading: run.name },
          { label: "Restore run", icon: RotateCcw, onSelect: () => void restoreRuns([run.runId]) },
          { label: "Open run", onSelect: () => openedRun.set(run.runId) },
        ]}
      />
    </section>
  );
}

function columnsOf(
  runs: readonly TrashedRun[],
  checked: ReadonlySet<string>,
  onChecked: (next: ReadonlySet<string>) => void,
): Column<TrashedRun>[] {
  const every = runs.length > 0 && runs.every((run) => checked.has(run.runId));
  const toggle = (runId: string) => {
    const next = new Set(checked);
    if (!next.delete(runId)) next.add(runId);
    onChecked(next);
  };
  return [
    {
      id: "select",
      header: (
        <Checkbox
          label="Choose all runs listed"
          checked={every ? true : checked.size > 0 ? "mixed" : false}
          onChange={() => onChecked(every ? new Set() : new Set(runs.map(rowKey)))}
        />
      ),
      width: 36,
      pinned: true,
      cell: (run) => (
        <Checkbox
          label={`Choose ${run.name}`}
          tabIndex={-1}
          data-testid="trashed-check"
          checked={checked.has(run.runId)}
          onChange={() => toggle(run.runId)}
        />
      ),
    },
    {
      id: "name",
      header: "Run",
      width: 150,
      grow: true,
      title: rowKey,
      cell: (run) => <span className="truncate">{run.name}</span>,
    },
    {
      id: "experiment",
      header: "Experiment",
      width: 144,
      className: "text-fg-2",
      title: (run) => run.experimentName,
      cell: (run) => <span className="truncate">{run.experimentName}</span>,
    },
    { id: "status", header: "Status", width: 76, className: "text-fg-2", cell: (run) => run.status.toLowerCase() },
    {
      id: "started",
      header: "Started",
      width: 180,
      className: "text-fg-2",
      cell: (run) => formatTime(run.startedAtMs),
    },
    {
      id: "deleted",
      header: "Deleted",
      width: 180,
      align: "right",
      cell: (run) => <Deleted atMs={run.deletedAtMs} by={run.deletedBy} />,
    },
  ];
}
