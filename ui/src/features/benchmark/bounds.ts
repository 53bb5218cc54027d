import type { BenchmarkReport, PercentileBound } from "@/lib/api";
import { EMPTY, formatNumber } from "@/lib/format";

/** The window in which all claimed percentiles and their bounds can be drawn against each other; null when none is claimed. */
export function boundRange(percentiles: readonly PercentileBound[]): { lowMs: number; highMs: number } | null {
  const values = percentiles
    .filter((bound) => bound.refused === null)
    .flatMap((bound) => [bound.lowMs, bound.valueMs, bound.highMs])
    .filter((value): value is number => value !== null);
  if (values.length === 0) return null;
  const lowMs = Math.min(...values);
  const highMs = Math.max(...values);
  return { lowMs, highMs };
}

export type Bar = { fromMs: number; toMs: number; count: number; height: number };

/** The upper edge of the bars as one path, closed along the axis. */
export function histogramOutline(bars: readonly Bar[], x: (ms: number) => number, y: (part: number) => number): string {
  const first = bars[0];
  const last = bars.at(-1);
  if (!first || !last) return "";
  const steps = bars.map((bar) => `L${x(bar.fromMs)} ${y(bar.height)}H${x(bar.toMs)}`);
  return `M${x(first.fromMs)} ${y(0)}${steps.join("")}L${x(last.toMs)} ${y(0)}Z`;
}

/** Bars on a log count axis: one sample stays visible beside thousands, and an empty bin stays empty. */
export function histogramBars(histogram: BenchmarkReport["histogram"], most = Math.max(1, ...histogram.counts)): Bar[] {
  const top = Math.log10(most + 1);
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

const LOG_FROM_RATIO = 30;

/** Where a value lies between two ends, 0 to 1: linear, or logarithmic where a tail would squeeze all else to the left. */
export type Scale = { log: boolean; at: (value: number) => number; ticks: (count: number) => number[] };

export function latencyScale(lowMs: number, highMs: number, logFromRatio = LOG_FROM_RATIO): Scale {
  const ratio = lowMs > 0 ? highMs / lowMs : 1;
  if (ratio > 1 && ratio >= logFromRatio) {
    const from = Math.log10(lowMs);
    const span = Math.log10(highMs) - from;
    return {
      log: true,
      at: (value) => clamp((Math.log10(Math.max(value, lowMs)) - from) / span),
      // Within a decade or so the powers of ten would leave the axis almost bare.
      ticks: (count) => (ratio < LOG_FROM_RATIO ? linearTicks(lowMs, highMs, count) : logTicks(lowMs, highMs, count)),
    };
  }
  const span = highMs - lowMs || 1;
  return {
    log: false,
    at: (value) => clamp((value - lowMs) / span),
    ticks: (count) => linearTicks(lowMs, highMs, count),
  };
}

const clamp = (part: number) => Math.min(Math.max(part, 0), 1);

/** 1, 2 and 5 of every power of ten while there is room, else the powers alone. */
function logTicks(low: number, high: number, count: number): number[] {
  const powers: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) powers.push(power);
  const marks = (factors: readonly number[]) =>
    powers
      .flatMap((power) => factors.map((factor) => Number((factor * 10 ** power).toPrecision(1))))
      .filter((tick) => tick >= low && tick <= high);
  const fine = marks([1, 2, 5]);
  return fine.length <= count ? fine : marks([1]);
}

/** Milliseconds to three significant digits, so that a narrow bound can still be told from its estimate. */
export const latencyText = (ms: number | null): string =>
  ms === null ? EMPTY : `${formatNumber(ms, undefined, 3)} ms`;

/** "0.0383 to 0.0417 ms": the unit once, so that a narrow column shows both ends. */
export const latencyRange = (lowMs: number | null, highMs: number | null): string =>
  lowMs === null || highMs === null ? EMPTY : `${formatNumber(lowMs, undefined, 3)} to ${latencyText(highMs)}`;
