import { ChevronDown, Download, GitCompareArrows, ListChecks, Tag, Trash2 } from "lucide-react";
import { useState } from "react";
import { Button, Menu } from "@/components";
import { formatInteger } from "@/lib/format";
import { comparedRuns, type ExperimentView } from "../state";
import { ExportDialog } from "./ExportDialog";
import type { BulkTarget } from "./scope";
import { TagDialog } from "./TagDialog";
import { TrashDialog } from "./TrashDialog";

type Props = { target: BulkTarget; view: ExperimentView; columns: readonly string[] };
type Asked = "tag" | "export" | "trash" | null;

/** What can be done with many runs at once. */
export function BulkMenu({ target, view, columns }: Props) {
  const [asked, setAsked] = useState<Asked>(null);
  const { checked } = target;
  const close = () => setAsked(null);
  const nothing = target.total === 0 && checked.length === 0;
  const props = { target, onClose: close };
  return (
    <>
      <Button
        icon={GitCompareArrows}
        kbd="C"
        disabled={checked.length < 2}
        data-testid="compare-runs"
        onClick={() => comparedRuns.set(checked)}
      >
        Compare <span className="tnum">{formatInteger(checked.length)}</span>
      </Button>
      <Menu
        align="end"
        minWidth={220}
        trigger={
          <Button icon={ListChecks} data-testid="bulk-menu">
            Runs
            <ChevronDown size={12} className="text-fg-3" aria-hidden />
          </Button>
        }
        entries={[
          { heading: `${formatInteger(checked.length)} checked, ${formatInteger(target.total)} in the filter` },
          {
            label: "Tag…",
            icon: Tag,
            testId: "bulk-tag-open",
            disabled: nothing,
            onSelect: () => setAsked("tag"),
          },
          {
            label: "Export…",
            icon: Download,
            testId: "bulk-export-open",
            disabled: nothing,
            onSelect: () => setAsked("export"),
          },
          "separator",
          {
            label: "Move to trash…",
            icon: Trash2,
            danger: true,
            testId: "bulk-trash-open",
            disabled: nothing,
            onSelect: () => setAsked("trash"),
          },
        ]}
      />
      {asked === "tag" && <TagDialog {...props} />}
      {asked === "trash" && <TrashDialog {...props} />}
      {asked === "export" && <ExportDialog {...props} view={view} columns={columns} />}
    </>
  );
}
