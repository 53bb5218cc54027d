import type { StatPoint } from "@/lib/api";

export type Line = {
  label: string;
  color: string /** Fills down to zero; only for lines without gaps. */;
  area?: boolean;
  values: (number | null)[];
};

/** Path text with a break wherever there was nothing to measure: a gap is drawn as a gap, never bridged. */
export function linePath(
  values: readonly (number | null)[],
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  let path = "";
  let open = false;
  values.forEach((value, index) => {
    if (value === null) {
      open = false;
      return;
    }
    const point = `${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    const alone = !open && (index + 1 >= values.length || values[index + 1] === null);
    // A lone reading has no length to stroke, so it gets a short dash of its own.
    path += alone ? `M${point}h3` : `${open ? "L" : "M"}${point}`;
    open = true;
  });
  return path;
}

/** A ceiling that is round (1, 2, 2.5, 5 times a power of ten) and leaves the highest reading inside the plot. */
export function niceCeiling(highest: number, least: number): number {
  const target = Math.max(highest, least);
  const magnitude = 10 ** Math.floor(Math.log10(target));
  const factor = [1, 2, 2.5, 5, 10].find((candidate) => candidate * magnitude >= target) ?? 10;
  return factor * magnitude;
}

/** The same for things that are counted: even, so that the mark in the middle is a whole number too. */
export function countCeiling(highest: number, least: number): number {
  const ceiling = Math.ceil(niceCeiling(highest, least));
  return ceiling % 2 === 0 ? ceiling : ceiling + 1;
}

export function highest(lines: readonly Line[]): number {
  let most = 0;
  for (const line of lines) for (const value of line.values) if (value !== null && value > most) most = value;
  return most;
}

/** Seconds between the point and the newest one, as the axis prints it: "now", "-60 s", "-5 min". */
export function agoLabel(seconds: number): string {
  if (seconds <= 0) return "now";
  return seconds < 120 ? `−${Math.round(seconds)} s` : `−${Math.round(seconds / 6) / 10} min`;
}

export function rateLines(points: readonly StatPoint[]): Line[] {
  return [{ label: "req/s", color: "var(--accent)", area: true, values: points.map((point) => point.requests) }];
}

/** Below a hundred requests the p99 of a second is simply its slowest request, so none is drawn. */
export const P99_SAMPLES_MIN = 100;

export const drawnP99 = (point: StatPoint): number | null => (point.requests >= P99_SAMPLES_MIN ? point.p99Ms : null);

export function latencyLines(points: readonly StatPoint[]): Line[] {
  return [
    { label: "p50", color: "var(--text-2)", values: points.map((point) => point.p50Ms) },
    { label: "p99", color: "var(--accent)", values: points.map(drawnP99) },
  ];
}

export function errorLines(points: readonly StatPoint[]): Line[] {
  const failed = points.some((point) => point.errors > 0);
  return [
    {
      label: "errors/s",
      color: failed ? "var(--bad)" : "var(--text-3)",
      area: failed,
      values: points.map((point) => point.errors),
    },
  ];
}

/** An axis mark without trailing zeros: 0.5, 25, 1,200. */
export const axisNumber = (value: number): string => Number(value.toPrecision(3)).toLocaleString("en-US");
