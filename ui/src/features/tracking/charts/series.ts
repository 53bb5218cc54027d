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

/** The width on which a weight means what it says: neighbours one of these thousandths apart. */
const VIEWPORT = 1000;

/**
 * Exponential moving average over x, not over points: a weight smooths a line as much however densely it was logged or
 * reduced, and hardly touches ten epochs. Its first points are not pulled toward zero. A gap (NaN, infinite) stays a gap
 * and does not enter the average.
 */
export function smooth({ x, y }: Points, weight: number, range: number): (number | null)[] {
  if (weight <= 0 || range <= 0) return [...y];
  const root = Math.min(Math.sqrt(weight), 0.999);
  let average = 0;
  let trust = 0;
  let before: number | null = null;
  return y.map((value, index) => {
    const at = x[index] as number;
    if (value === null || !Number.isFinite(value)) return null;
    const keep: number = before === null ? 0 : root ** (((at - before) / range) * VIEWPORT);
    before = at;
    average = average * keep + value * (1 - root);
    trust = trust * keep + (1 - root);
    return average / trust;
  });
}

/** A log axis has no place for zero and below. */
const positive = (values: readonly (number | null)[]) =>
  values.map((value) => (value !== null && value > 0 ? value : null));

/** Charts mounted at most, and before the user chooses. */
export const MOST_CHARTS = 12;
export const FIRST_CHARTS = 4;

export type RunLine = { runId: string; raw: Points; smoothed: Points | null };

export function runLines(
  all: readonly MetricSeries[],
  runIds: readonly string[],
  options: { axis: XAxis; smoothing: number; logY: boolean },
): RunLine[] {
  const byRun = new Map(all.map((series) => [series.runId, series]));
  const lines = runIds.flatMap((runId) => {
    const series = byRun.get(runId);
    if (!series || series.values.length === 0) return [];
    const points = rising({ x: xValues(series, options.axis), y: series.values });
    return { runId, raw: options.logY ? { x: points.x, y: positive(points.y) } : points };
  });
  const ends = lines.flatMap(({ raw }) => [raw.x[0] ?? 0, raw.x.at(-1) ?? 0]);
  const range = ends.length > 0 ? Math.max(...ends) - Math.min(...ends) : 0;
  return lines.map(({ runId, raw }) => {
    const smooths = options.smoothing > 0 && raw.x.length > 2;
    return { runId, raw, smoothed: smooths ? { x: raw.x, y: smooth(raw, options.smoothing, range) } : null };
  });
}

/** `zoomed`: only a part is on the screen, and these are the points drawn of it. */
export type Reduction = {
  points: number;
  drawn: number;
  reduced: boolean;
  zoomed: { drawn: number; reduced: boolean } | null;
};

export function reductionOf(
  all: readonly MetricSeries[],
  detail: { series: readonly MetricSeries[] } | null = null,
): Reduction {
  const zoomed = detail && {
    drawn: detail.series.reduce((sum, series) => sum + series.values.length, 0),
    reduced: detail.series.some((series) => series.reduced),
  };
  let [points, drawn, reduced] = [0, 0, false];
  for (const series of all) {
    points += series.totalPoints;
    drawn += series.values.length;
    reduced ||= series.reduced;
  }
  return { points, drawn, reduced, zoomed };
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
