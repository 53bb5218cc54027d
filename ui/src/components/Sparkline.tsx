import { useMemo } from "react";

type Props = {
  /** Oldest first; null leaves a gap. */
  values: readonly (number | null)[];
  /** What it shows, for screen readers: "requests a second, last 60 s". */
  label: string;
  width?: number;
  height?: number;
  /** Stretches to the width of its box. */
  fluid?: boolean;
  color?: string;
  area?: boolean;
  /** Fixes the scale; else from the data, zero included. */
  max?: number;
};

export function sparklinePath(values: readonly (number | null)[], width: number, height: number, max?: number): string {
  const finite = values.filter((value): value is number => value !== null && Number.isFinite(value));
  const top = max ?? Math.max(0, ...finite);
  const bottom = Math.min(0, ...finite);
  const span = top - bottom || 1;
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  let path = "";
  let pen = "M";
  values.forEach((value, index) => {
    if (value === null || !Number.isFinite(value)) {
      pen = "M";
      return;
    }
    const y = height - 1 - ((Math.min(value, top) - bottom) / span) * (height - 2);
    path += `${pen}${(index * step).toFixed(1)} ${y.toFixed(1)}`;
    pen = "L";
  });
  return path;
}

/** A line without axes: shape only; the number stands beside it. */
export function Sparkline({
  values,
  label,
  width = 96,
  height = 22,
  fluid = false,
  color = "var(--text-2)",
  area = false,
  max,
}: Props) {
  const path = useMemo(() => sparklinePath(values, width, height, max), [values, width, height, max]);
  const gapless = !values.includes(null) && values.length > 1;
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${width} ${height}`}
      width={fluid ? "100%" : width}
      height={height}
      preserveAspectRatio="none"
      className="block"
    >
      {area && gapless && <path d={`${path}L${width} ${height}L0 ${height}Z`} fill={color} opacity={0.14} />}
      <path d={path} fill="none" stroke={color} strokeWidth={1} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
