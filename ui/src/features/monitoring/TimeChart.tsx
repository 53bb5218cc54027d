import { type PointerEvent, useRef } from "react";
import { useElementWidth } from "@/lib/useElementWidth";
import { agoLabel, axisNumber, countCeiling, highest, type Line, linePath, niceCeiling } from "./series";

const LEFT = 44;
const RIGHT = 10;
const TOP = 8;
const BOTTOM = 20;

type Props = {
  title: string;
  timesMs: readonly number[];
  lines: readonly Line[];
  /** The ceiling of an idle chart, so that zero requests does not look like noise. */
  leastCeiling: number;
  /** What is drawn is counted, so the axis marks whole numbers. */
  counted?: boolean;
  height: number;
  /** Index under the pointer, shared by the charts of one endpoint. */
  cursor: number | null;
  onCursor: (index: number | null) => void;
};

/** A small live chart: at most a few hundred points, so SVG stays exact, themed and readable to assistive technology. */
export function TimeChart({ title, timesMs, lines, leastCeiling, counted, height, cursor, onCursor }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useElementWidth(frame);
  const plotWidth = Math.max(width - LEFT - RIGHT, 1);
  const plotHeight = height - TOP - BOTTOM;
  const ceiling = (counted ? countCeiling : niceCeiling)(highest(lines), leastCeiling);
  const last = Math.max(timesMs.length - 1, 1);
  const x = (index: number) => LEFT + (index / last) * plotWidth;
  const y = (value: number) => TOP + plotHeight * (1 - value / ceiling);
  const newestMs = timesMs.at(-1) ?? 0;

  function track(event: PointerEvent<SVGSVGElement>) {
    const box = event.currentTarget.getBoundingClientRect();
    const index = Math.round(((event.clientX - box.left - LEFT) / plotWidth) * last);
    onCursor(index >= 0 && index < timesMs.length ? index : null);
  }

  return (
    <div ref={frame} style={{ height }}>
      {width > 0 && (
        <svg
          className="plot block"
          width={width}
          height={height}
          role="img"
          aria-label={`${title} over the last ${agoLabel((newestMs - (timesMs[0] ?? newestMs)) / 1000).slice(1)}`}
          onPointerMove={track}
          onPointerLeave={() => onCursor(null)}
        >
          {[0, 0.5, 1].map((part) => (
            <g key={part}>
              <path
                d={`M${LEFT} ${y(ceiling * part)}H${LEFT + plotWidth}`}
                stroke={part === 0 ? "var(--line)" : "var(--line-2)"}
              />
              <text x={LEFT - 6} y={y(ceiling * part) + 4} textAnchor="end">
                {axisNumber(ceiling * part)}
              </text>
            </g>
          ))}
          {[0, 0.5, 1].map((part) => {
            const index = Math.round(part * (timesMs.length - 1));
            const atMs = timesMs[index];
            if (atMs === undefined) return null;
            const anchor = part === 0 ? "start" : part === 1 ? "end" : "middle";
            return (
              <text key={part} x={x(index)} y={height - 5} textAnchor={anchor}>
                {agoLabel((newestMs - atMs) / 1000)}
              </text>
            );
          })}
          {lines.map(
            (line) =>
              line.area &&
              timesMs.length > 1 && (
                <path
                  key={line.label}
                  d={`${linePath(line.values, x, y)}V${y(0)}H${x(0)}Z`}
                  fill={line.color}
                  opacity={0.1}
                />
              ),
          )}
          {lines.map((line) => (
            <path
              key={line.label}
              d={linePath(line.values, x, y)}
              fill="none"
              stroke={line.color}
              strokeWidth={1.25}
              strokeLinecap="round"
              strokeLinejoin="round"
            />
          ))}
          {cursor !== null && cursor < timesMs.length && (
            <path d={`M${x(cursor)} ${TOP}V${TOP + plotHeight}`} stroke="var(--text-3)" strokeDasharray="3 3" />
          )}
        </svg>
      )}
    </div>
  );
}
