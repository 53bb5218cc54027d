import { Anchor, Copy, Filter, FilterX, PanelRight, Spline, Trash2 } from "lucide-react";
import { type MenuEntry, toast } from "@/components";
import type { Run } from "@/lib/api";
import { copyText } from "@/lib/clipboard";
import { trashRuns } from "../bulk/actions";
import { splitColumn } from "../queries";
import { type ExperimentView, openedRun } from "../state";
import { paramOf } from "./columns";
import { addClause, clauseFor } from "./filterTokens";

type Change = (part: Partial<ExperimentView>) => void;

/** What can be done with a run, and with the value under the pointer. */
export function rowMenu(run: Run, columnId: string, view: ExperimentView, change: Change): MenuEntry[] {
  const isBaseline = view.baseline === run.runId;
  const entries: MenuEntry[] = [
    { heading: run.name },
    { label: "Open run", icon: PanelRight, kbd: "Enter", onSelect: () => openedRun.set(run.runId) },
    { label: "Draw only this run", icon: Spline, onSelect: () => change({ drawn: [run.runId] }) },
    {
      label: isBaseline ? "Clear baseline" : "Set as baseline",
      icon: Anchor,
      kbd: "B",
      onSelect: () => change({ baseline: isBaseline ? null : run.runId }),
    },
    {
      label: "Copy run id",
      icon: Copy,
      onSelect: () =>
        void copyText(run.runId).then((copied) => copied && toast.ok({ title: "Run id copied", detail: run.runId })),
    },
  ];
  const trash: MenuEntry[] = [
    "separator",
    {
      label: "Move to trash",
      icon: Trash2,
      danger: true,
      onSelect: () => void trashRuns({ kind: "chosen", runIds: [run.runId] }),
    },
  ];
  const [entity, key] = splitColumn(columnId);
  const value = entity === "params" ? paramOf(run, key) : undefined;
  if (value === undefined) return [...entries, ...trash];
  const filter = (keep: boolean) => change({ filter: addClause(view.filter, clauseFor("params", key, value, keep)) });
  return [
    ...entries,
    "separator",
    { label: `Filter to ${key} = ${value}`, icon: Filter, onSelect: () => filter(true) },
    { label: `Exclude ${key} = ${value}`, icon: FilterX, onSelect: () => filter(false) },
    ...trash,
  ];
}
