import { useRef } from "react";
import type { SweepReport } from "@/lib/api";
import { formatDuration, formatNumber } from "@/lib/format";
import { useElementWidth } from "@/lib/useElementWidth";
import { type FrontBy, frontOf, pointText, upper } from "./sweepGrid";

const HEIGHT = 240;
const PAD = { left: 64, right: 16, top: 12, bottom: 34 };

type Props = { report: SweepReport; by: FrontBy; hovered: number | null; onHover: (point: number | null) => void };

/** Latency over rows a second, both logarithmic; the line joins the points that nothing beats. */
export function ParetoPlot({ report, by, hovered, onHover }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const width = useElementWidth(box);
  const drawn = report.points.flatMap((point, at) => {
    const { ms } = upper(point, by);
    return point.measured && ms !== null ? [{ at, rows: point.measured.rowsPerS, ms, point }] : [];
  });
  const x = logScale(
    drawn.map((each) => each.rows),
    PAD.left,
    width - PAD.right,
  );
  const y = logScale(
    drawn.map((each) => each.ms),
    HEIGHT - PAD.bottom,
    PAD.top,
  );
  const front = frontOf(report, by);
  const onFront = new Set(front);
  const path = front
    .flatMap((at) => drawn.filter((each) => each.at === at))
    .map((each) => `${x.at(each.rows).toFixed(1)},${y.at(each.ms).toFixed(1)}`)
    .join(" ");
  return (
    <div ref={box} className="tnum w-full" style={{ height: HEIGHT }} data-testid="pareto-plot">
      {width > 0 && drawn.length > 0 && (
        <svg
          width={width}
          height={HEIGHT}
          role="img"
          aria-label={`${by} over rows a second, ${front.length} points on the front`}
        >
          {y.ticks.map((tick) => (
            <g key={tick}>
              <line x1={PAD.left} x2={width - PAD.right} y1={y.at(tick)} y2={y.at(tick)} stroke="var(--line-2)" />
              <text x={PAD.left - 8} y={y.at(tick)} dy="0.35em" textAnchor="end" fontSize={10} fill="var(--text-3)">
                {formatDuration(tick)}
              </text>
            </g>
          ))}
          {x.ticks.map((tick) => (
            <text key={tick} x={x.at(tick)} y={HEIGHT - 17} textAnchor="middle" fontSize={10} fill="var(--text-3)">
              {rowsText(tick)}
            </text>
          ))}
          <text x={width - PAD.right} y={HEIGHT - 2} textAnchor="end" fontSize={10} fill="var(--text-3)">
            rows/s
          </text>
          <polyline points={path} fill="none" stroke="var(--run-1)" strokeWidth={1.5} />
          {drawn.map(({ at, rows, ms, point }) => (
            // biome-ignore lint/a11y/noStaticElementInteractions: hovering lights the row of the table, which keys reach
            <circle
              key={at}
              data-testid="pareto-point"
              cx={x.at(rows)}
              cy={y.at(ms)}
              r={hovered === at ? 6 : onFront.has(at) ? 4 : 3}
              fill={onFront.has(at) ? "var(--run-1)" : point.settings.ioBinding ? "none" : "var(--outline)"}
              stroke={hovered === at ? "var(--accent)" : onFront.has(at) ? "var(--run-1)" : "var(--outline)"}
              strokeWidth={1.5}
              onMouseEnter={() => onHover(at)}
              onMouseLeave={() => onHover(null)}
            >
              <title>{`${pointText(point)}: ${rowsText(rows)} rows/s, ${by} at most ${formatDuration(ms)}`}</title>
            </circle>
          ))}
        </svg>
      )}
    </div>
  );
}

export const rowsText = (rows: number): string =>
  rows < 1e4
    ? formatNumber(rows, rows < 10 ? 1 : 0)
    : rows < 1e6
      ? `${formatNumber(rows / 1e3, rows < 1e5 ? 1 : 0)}k`
      : `${formatNumber(rows / 1e6, 1)}M`;

/** A logarithmic axis over the values with a little air, and marks at 1, 2 and 5. */
export function logScale(values: readonly number[], from: number, to: number) {
  const known = values.filter((value) => value > 0);
  const low = Math.log10(Math.min(...known)) - 0.08;
  const high = Math.log10(Math.max(...known)) + 0.08;
  const at = (value: number) => from + ((Math.log10(value) - low) / (high - low)) * (to - from);
  const ticks: number[] = [];
  for (let power = Math.floor(low); power <= high; power++)
    for (const step of high - low > 3 ? [1] : [1, 2, 5]) {
      const tick = step * 10 ** power;
      if (Math.log10(tick) >= low && Math.log10(tick) <= high) ticks.push(tick);
    }
  return { at, ticks };
}
