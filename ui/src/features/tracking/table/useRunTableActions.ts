import { useMemo, useRef } from "react";
import type { Run } from "@/lib/api";
import { comparedRuns, type ExperimentView, openedRun, type useDrawnRuns } from "../state";

type Context = {
  rows: readonly Run[];
  selection: ReturnType<typeof useDrawnRuns>;
  view: ExperimentView;
  change: (part: Partial<ExperimentView>) => void;
  onActive: (runId: string) => void;
};

/** What clicks and keys on the run table do. One stable object, so that rows do not render again for it. */
export function useRunTableActions(context: Context) {
  const latest = useRef(context);
  latest.current = context;
  const lastToggled = useRef<string | null>(null);
  return useMemo(
    () => ({
      /** Shift extends from the run toggled last. */
      toggle(runId: string, on: boolean, range: boolean) {
        const { rows, selection } = latest.current;
        const from = rows.findIndex((run) => run.runId === lastToggled.current);
        const to = rows.findIndex((run) => run.runId === runId);
        lastToggled.current = runId;
        if (!range || from < 0 || to < 0) return selection.set(runId, on);
        const part = rows.slice(Math.min(from, to), Math.max(from, to) + 1).map((run) => run.runId);
        const rest = selection.chosen.filter((id) => !part.includes(id));
        selection.setAll(on ? [...rest, ...part] : rest);
      },
      toggleAll() {
        const { rows, selection } = latest.current;
        selection.setAll(selection.chosen.length > 0 ? [] : rows.map((run) => run.runId));
      },
      /** The inspector, once open, follows the keyboard. */
      activate(run: Run) {
        latest.current.onActive(run.runId);
        if (openedRun.get() !== null) openedRun.set(run.runId);
      },
      open(run: Run) {
        latest.current.onActive(run.runId);
        openedRun.set(run.runId);
      },
      sort(id: string) {
        const { view, change } = latest.current;
        const first = id !== "attributes.run_name"; // numbers and times start with the largest
        if (view.sort?.id !== id) change({ sort: { id, desc: first } });
        else if (view.sort.desc === first) change({ sort: { id, desc: !first } });
        else change({ sort: null });
      },
      key(key: string, run: Run): boolean {
        const { selection, view, change } = latest.current;
        if (key === "x") selection.set(run.runId, !selection.isDrawn(run.runId));
        else if (key === "b") change({ baseline: view.baseline === run.runId ? null : run.runId });
        else if (key === "c" && selection.chosen.length > 1) comparedRuns.set(selection.chosen);
        else return false;
        return true;
      },
    }),
    [],
  );
}
