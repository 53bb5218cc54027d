import type { BenchmarkReport, PercentileBound } from "@/lib/api";

/** The window in which all claimed percentiles and their bounds can be drawn against each other; null when none is claimed. */
export function boundRange(percentiles: readonly PercentileBound[]): { lowMs: number; highMs: number } | null {
  const values = percentiles
    .filter((bound) => bound.refused === null)
    .flatMap((bound) => [bound.lowMs, bound.valueMs, bound.highMs])
    .filter((value): value is number => value !== null);
  if (values.length === 0) return null;
  const lowMs = Math.min(...values);
  const highMs = Math.max(...values);
  const pad = (highMs - lowMs || highMs || 1) * 0.06;
  return { lowMs: Math.max(0, lowMs - pad), highMs: highMs + pad };
}

/** Bars on a log count axis: one sample stays visible beside thousands, and an empty bin stays empty. */
export function histogramBars(
  histogram: BenchmarkReport["histogram"],
): { fromMs: number; toMs: number; count: number; height: number }[] {
  const top = Math.log10(Math.max(1, ...histogram.counts) + 1);
  return histogram.counts.map((count, index) => ({
    fromMs: histogram.edgesMs[index] ?? 0,
    toMs: histogram.edgesMs[index + 1] ?? histogram.edgesMs[index] ?? 0,
    count,
    height: count === 0 ? 0 : Math.log10(count + 1) / top,
  }));
}

/** Powers of ten for the count axis, each with its height from 0 to 1 on the same scale as the bars. */
export function countTicks(counts: readonly number[]): { count: number; height: number }[] {
  const most = Math.max(1, ...counts);
  const top = Math.log10(most + 1);
  const ticks: { count: number; height: number }[] = [];
  for (let count = 1; count <= most; count *= 10) ticks.push({ count, height: Math.log10(count + 1) / top });
  return ticks;
}

/** Round marks (1, 2, 5 times a power of ten) inside a linear window. */
export function linearTicks(low: number, high: number, count: number): number[] {
  const span = high - low;
  if (!(span > 0)) return [];
  const raw = span / Math.max(count, 1);
  const magnitude = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((factor) => factor * magnitude >= raw) ?? 10) * magnitude;
  const ticks: number[] = [];
  for (let index = Math.ceil(low / step); index * step <= high + step * 1e-9; index += 1) ticks.push(index * step);
  return ticks;
}
