// From metric histories to lines: which x, smoothed or raw, finite or a gap.
import type { Points } from "@/components/chart";
import type { MetricSeries, Run } from "@/lib/api";
import type { XAxis } from "../state";

/** x of each point: the step, epoch seconds, or seconds since the run's first point. */
export function xValues(series: MetricSeries, axis: XAxis): number[] {
  if (axis === "step") return series.steps;
  const origin = axis === "relative" ? (series.timesMs[0] ?? 0) : 0;
  return series.timesMs.map((at) => (at - origin) / 1000);
}

/** uPlot needs x to rise: points that share an x keep the last, points out of order are put in order. */
export function rising({ x, y }: Points): Points {
  let ordered = true;
  for (let index = 1; index < x.length && ordered; index += 1)
    ordered = (x[index] as number) > (x[index - 1] as number);
  if (ordered) return { x, y };
  const last = new Map<number, number | null>();
  x.forEach((at, index) => {
    last.set(at, y[index] ?? null);
  });
  const xs = [...last.keys()].sort((a, b) => a - b);
  return { x: xs, y: xs.map((at) => last.get(at) ?? null) };
}

/**
 * Exponential moving average without the pull toward zero of its first points. A weight of 0 is the raw line. A gap
 * (NaN, infinite) stays a gap and does not enter the average.
 */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  if (weight <= 0) return [...values];
  let average = 0;
  let seen = 0;
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return null;
    average = average * weight + (1 - weight) * value;
    seen += 1;
    return average / (1 - weight ** seen);
  });
}

/** A log axis has no place for zero and below. */
const positive = (values: readonly (number | null)[]) =>
  values.map((value) => (value !== null && value > 0 ? value : null));

export type RunLine = { runId: string; raw: Points; smoothed: Points | null };

export function runLines(
  all: readonly MetricSeries[],
  runIds: readonly string[],
  options: { axis: XAxis; smoothing: number; logY: boolean },
): RunLine[] {
  const byRun = new Map(all.map((series) => [series.runId, series]));
  return runIds.flatMap((runId) => {
    const series = byRun.get(runId);
    if (!series || series.values.length === 0) return [];
    const points = rising({ x: xValues(series, options.axis), y: series.values });
    const raw = options.logY ? { x: points.x, y: positive(points.y) } : points;
    const smoothed =
      options.smoothing > 0 && raw.y.length > 2 ? { x: raw.x, y: smooth(raw.y, options.smoothing) } : null;
    return { runId, raw, smoothed };
  });
}

export type Reduction = { points: number; drawn: number; reduced: boolean };

export function reductionOf(all: readonly MetricSeries[]): Reduction {
  return all.reduce<Reduction>(
    (sum, series) => ({
      points: sum.points + series.totalPoints,
      drawn: sum.drawn + series.values.length,
      reduced: sum.reduced || series.reduced,
    }),
    { points: 0, drawn: 0, reduced: false },
  );
}

/** Metric keys that the drawn runs have, system metrics last. */
export function chartKeys(runs: readonly Run[]): string[] {
  const found = new Set(runs.flatMap((run) => run.metrics.map((metric) => metric.key)));
  const system = (key: string) => key.startsWith("system/");
  return [...found].sort((a, b) => Number(system(a)) - Number(system(b)) || a.localeCompare(b, "en"));
}

/** A metric logged once a run has no history: its values stand as bars. */
export function isScore(key: string, runs: readonly Run[]): boolean {
  return runs.every((run) => (run.metrics.find((metric) => metric.key === key)?.count ?? 0) <= 1);
}

/** How the training went along, not how good the model is. */
export const HOUSEKEEPING =
  /(^|[/_.-])(lr|learning_rate|grad_norm|epoch|step|time|seconds|duration|throughput)([/_.-]|$)/i;

/** Histories come before scores: what moves is what one watches. Housekeeping comes last of all. */
export function defaultCharts(runs: readonly Run[], most: number): string[] {
  const rank = (key: string) => (HOUSEKEEPING.test(key) ? 2 : isScore(key, runs) ? 1 : 0);
  return chartKeys(runs)
    .filter((key) => !key.startsWith("system/"))
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b, "en"))
    .slice(0, most);
}
