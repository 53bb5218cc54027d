import { useRef } from "react";
import type { ValueHistogram } from "@/lib/api";
import { formatInteger, formatNumber } from "@/lib/format";
import { useElementWidth } from "@/lib/useElementWidth";

const HEIGHT = 132;
const SIDE = 10;
const TOP = 16;
const BOTTOM = 20;

/** Counts over evenly spaced values: linear both ways, so that areas are shares. */
export function ValueBars({ histogram }: { histogram: ValueHistogram }) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useElementWidth(frame);
  const low = histogram.edges[0] ?? 0;
  const high = histogram.edges.at(-1) ?? 1;
  const most = Math.max(...histogram.counts, 1);
  const plot = Math.max(width - 2 * SIDE, 1);
  const bar = plot / Math.max(histogram.counts.length, 1);
  const tall = HEIGHT - TOP - BOTTOM;
  const marks = [low, (low + high) / 2, high];
  return (
    <div ref={frame} style={{ height: HEIGHT }}>
      {width > 0 && (
        <svg
          className="plot block"
          width={width}
          height={HEIGHT}
          role="img"
          aria-label={`Values from ${formatNumber(low)} to ${formatNumber(high)}`}
        >
          <text x={SIDE} y={11}>
            most in a bar: {formatInteger(most)}
          </text>
          {histogram.counts.map((count, index) => (
            <rect
              key={histogram.edges[index]}
              x={SIDE + index * bar}
              y={TOP + tall * (1 - count / most)}
              width={Math.max(bar - 0.5, 0.5)}
              height={count > 0 ? Math.max((tall * count) / most, 1) : 0}
              fill="var(--accent)"
              opacity={0.72}
            >
              <title>
                {`${formatNumber(histogram.edges[index])} to ${formatNumber(histogram.edges[index + 1])}: ${formatInteger(count)}`}
              </title>
            </rect>
          ))}
          <path d={`M${SIDE} ${TOP + tall}H${SIDE + plot}`} stroke="var(--line)" />
          {marks.map((mark, index) => (
            <text
              key={mark}
              x={SIDE + (plot * index) / 2}
              y={HEIGHT - 6}
              textAnchor={(["start", "middle", "end"] as const)[index]}
            >
              {formatNumber(mark)}
            </text>
          ))}
        </svg>
      )}
    </div>
  );
}
