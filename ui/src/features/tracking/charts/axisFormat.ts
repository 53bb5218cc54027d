import { formatClock, formatDuration, formatNumber } from "@/lib/format";
import type { XAxis } from "../state";

const COMPACT = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

/** A tick on the x axis: 30k, 1.2M, 1h 05m. A small m would be a minute. */
export function formatTick(axis: XAxis, x: number): string {
  if (axis === "relative") return x === 0 ? "0" : formatDuration(x * 1000);
  return Math.abs(x) >= 10_000 ? COMPACT.format(x).replace("K", "k") : formatNumber(x);
}

/** The x under the crosshair, whole: 78,600, 14:32:07 UTC, 1h 05m. */
export function formatX(axis: XAxis, x: number): string {
  if (axis === "wall") return formatClock(x * 1000);
  return axis === "relative" ? formatDuration(x * 1000) : formatNumber(x, Number.isInteger(x) ? 0 : undefined);
}

export function describeX(axis: XAxis, x: number): string {
  if (axis === "step") return `step ${formatX(axis, x)}`;
  return axis === "wall" ? formatX(axis, x) : `${formatX(axis, x)} after start`;
}

/** Ticks of a logarithmic axis: 0.05, 1, 200. */
export const formatY = (y: number) => {
  const text = formatNumber(y, undefined, 2);
  return text.includes(".") && !text.includes("e") ? text.replace(/\.?0+$/, "") : text;
};
