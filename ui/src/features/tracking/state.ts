// How each experiment is looked at: filter, order, drawn runs, columns, charts. Kept across restarts.
import { useCallback, useMemo } from "react";
import type { Sort } from "@/components";
import type { Run } from "@/lib/api";
import { persistent, useValue } from "@/lib/persist";
import { useClaimedColors } from "@/lib/runColors";
import { signal } from "@/lib/signal";

export type XAxis = "step" | "wall" | "relative";
export type Aggregate = "latest" | "min" | "max";

export type ExperimentView = {
  filter: string;
  sort: Sort | null;
  /** Runs drawn in the charts; null until the user chooses: the newest ones. */
  drawn: readonly string[] | null;
  /** Column ids of the table; null until the user chooses. */
  columns: readonly string[] | null;
  aggregate: Aggregate;
  baseline: string | null;
  /** Metric keys with a chart; null until the user chooses. */
  charts: readonly string[] | null;
  logY: readonly string[];
  xAxis: XAxis;
  smoothing: number;
};

const FIRST_VIEW: ExperimentView = {
  filter: "",
  sort: null,
  drawn: null,
  columns: null,
  aggregate: "latest",
  baseline: null,
  charts: null,
  logY: [],
  xAxis: "step",
  smoothing: 0.6,
};

const NONE: Record<string, Partial<ExperimentView>> = {};
const views = persistent("tracking", NONE, { perWorkspace: true });

export function changeExperimentView(experimentId: string, part: Partial<ExperimentView>): void {
  views.set((all) => ({ ...all, [experimentId]: { ...all[experimentId], ...part } }));
}

/** Unchecks runs wherever they are checked; the answer checks them again. */
export function uncheckRuns(runIds: readonly string[]): () => void {
  const gone = new Set(runIds);
  const before = Object.entries(views.get()).filter(([, view]) => view.drawn?.some((runId) => gone.has(runId)));
  for (const [experimentId, { drawn }] of before)
    changeExperimentView(experimentId, { drawn: (drawn ?? []).filter((runId) => !gone.has(runId)) });
  return () => {
    for (const [experimentId, { drawn }] of before) {
      const back = (drawn ?? []).filter((runId) => gone.has(runId));
      const now = (views.get()[experimentId]?.drawn ?? []).filter((runId) => !gone.has(runId));
      changeExperimentView(experimentId, { drawn: [...now, ...back] });
    }
  };
}

export function useExperimentView(experimentId: string | null) {
  const stored = useValue(views)[experimentId ?? ""];
  const view = useMemo<ExperimentView>(() => ({ ...FIRST_VIEW, ...stored }), [stored]);
  const change = useCallback(
    (part: Partial<ExperimentView>) => {
      if (experimentId !== null) changeExperimentView(experimentId, part);
    },
    [experimentId],
  );
  return [view, change] as const;
}

/** The run under the pointer, lit in the table, the panel and every chart. */
export const hoveredRun = signal<string | null>(null);

export { openedRun } from "@/lib/view";

/** The runs that the comparison sheet shows; null while it is closed. */
export const comparedRuns = signal<readonly string[] | null>(null);

const NEWEST_DRAWN = 6;

/** Drawn runs among those loaded: the user's choice, else the newest. */
export function drawnRuns(runs: readonly Run[], drawn: readonly string[] | null): Run[] {
  if (drawn === null)
    return [...runs]
      .sort((a, b) => b.startedAtMs - a.startedAtMs || (a.runId < b.runId ? -1 : 1))
      .slice(0, NEWEST_DRAWN);
  const byId = new Map(runs.map((run) => [run.runId, run]));
  return drawn.flatMap((runId) => byId.get(runId) ?? []);
}

/** Why checked runs are not among those shown: the filter hides them, no page has brought them yet, or they are gone. */
export type Missing = "hidden" | "unloaded" | "gone";

/** Checked runs without a row, and what can be done about them. */
export type MissingRuns = { count: number; why: Missing; onLoad: (() => void) | undefined; onDrop: () => void };

/** `stale`: what is shown still answers an earlier filter. */
export function missingWhy(filter: string, loaded: number, total: number, stale: boolean): Missing {
  if (stale || filter.trim()) return "hidden";
  return loaded < total ? "unloaded" : "gone";
}

/** One shared selection: what is checked in the table or the panel is what the charts draw. */
export function useDrawnRuns(experimentId: string | null, runs: readonly Run[]) {
  const [view, change] = useExperimentView(experimentId);
  const drawn = useMemo(() => drawnRuns(runs, view.drawn), [runs, view.drawn]);
  const ids = useMemo(() => drawn.map((run) => run.runId), [drawn]);
  useClaimedColors(ids);
  const chosen = view.drawn ?? ids;
  return {
    drawn,
    isDrawn: useMemo(() => {
      const set = new Set(chosen);
      return (runId: string) => set.has(runId);
    }, [chosen]),
    /** Checked runs that are not among those shown; `missingWhy` says why. */
    missing: chosen.length - drawn.length,
    chosen,
    set: (runId: string, on: boolean) =>
      change({ drawn: on ? [...chosen.filter((id) => id !== runId), runId] : chosen.filter((id) => id !== runId) }),
    setAll: (runIds: readonly string[]) => change({ drawn: runIds }),
    /** Leaves checked only what is shown. */
    dropMissing: () => change({ drawn: ids }),
  };
}
