// Zooming in reads the part that is on the screen again, finer, down to the points as they were logged.
import type { MetricSeries } from "@/lib/api";
import type { XAxis } from "../state";
import { xValues } from "./series";

export type StepRange = readonly [from: number, to: number];
/** A part of the axis, read anew. */
export type Detail = { range: StepRange; series: readonly MetricSeries[] };

/**
 * The steps that stand in a range of x, over all lines, with the point before and the point after: lines go on to the
 * edges. Null when nothing was left out, so that nothing finer could be read.
 */
export function stepsIn(
  base: readonly MetricSeries[],
  axis: XAxis,
  range: readonly [number, number],
): StepRange | null {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const series of base) {
    if (!series.reduced) continue;
    const xs = xValues(series, axis);
    let first = xs.findIndex((x) => x >= range[0]);
    if (first < 0) first = xs.length - 1;
    let last = xs.length - 1;
    while (last > first && (xs[last] as number) > range[1]) last -= 1;
    from = Math.min(from, series.steps[Math.max(0, first - 1)] ?? Number.POSITIVE_INFINITY);
    to = Math.max(to, series.steps[Math.min(xs.length - 1, last + 1)] ?? Number.NEGATIVE_INFINITY);
  }
  return from <= to ? [from, to] : null;
}

/** The whole line with one part of it finer. */
export function withDetail(base: readonly MetricSeries[], detail: Detail | null): readonly MetricSeries[] {
  if (!detail) return base;
  const [from, to] = detail.range;
  const fine = new Map(detail.series.map((series) => [series.runId, series]));
  return base.map((series) => {
    const part = fine.get(series.runId);
    if (!part || !series.reduced) return series;
    const before = series.steps.findIndex((step) => step >= from);
    const after = series.steps.findIndex((step) => step > to);
    const head = before < 0 ? series.steps.length : before;
    const tail = after < 0 ? series.steps.length : after;
    const joined = <T>(all: readonly T[], middle: readonly T[]) => [
      ...all.slice(0, head),
      ...middle,
      ...all.slice(tail),
    ];
    return {
      ...series,
      steps: joined(series.steps, part.steps),
      timesMs: joined(series.timesMs, part.timesMs),
      values: joined(series.values, part.values),
    };
  });
}
