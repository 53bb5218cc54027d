import { useRef } from "react";
import type { BenchmarkReport, PercentileBound } from "@/lib/api";
import { useElementWidth } from "@/lib/useElementWidth";
import { countTicks, histogramBars, latencyScale, latencyText } from "./bounds";

const HEIGHT = 196;
const LEFT = 56;
const RIGHT = 12;
const TOP = 32;
const BOTTOM = 22;

/** Every sample of the run on a log count axis, with the claimed percentiles marked. */
export function Histogram({ report }: { report: BenchmarkReport }) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useElementWidth(frame);
  const edges = report.histogram.edgesMs;
  const lowMs = edges[0] ?? 0;
  const highMs = edges.at(-1) ?? 1;
  const plotWidth = Math.max(width - LEFT - RIGHT, 1);
  const plotHeight = HEIGHT - TOP - BOTTOM;
  // The bins are even in their logarithm, so the axis is too: equal bars stand for equal ratios.
  const scale = latencyScale(lowMs, highMs, 1);
  const x = (value: number) => LEFT + scale.at(value) * plotWidth;
  const y = (part: number) => TOP + plotHeight * (1 - part);
  const marks = report.percentiles.filter((bound) => ["p50", "p99"].includes(bound.label) && bound.refused === null);
  return (
    <div ref={frame} style={{ height: HEIGHT }}>
      {width > 0 && (
        <svg
          className="plot block"
          width={width}
          height={HEIGHT}
          role="img"
          aria-label={`Latency of ${report.samples} samples, ${latencyText(lowMs)} to ${latencyText(highMs)}`}
        >
          {countTicks(report.histogram.counts).map((tick) => (
            <g key={tick.count}>
              <path d={`M${LEFT} ${y(tick.height)}H${LEFT + plotWidth}`} stroke="var(--line-2)" />
              <text x={LEFT - 6} y={y(tick.height) + 4} textAnchor="end">
                {tick.count.toLocaleString("en-US")}
              </text>
            </g>
          ))}
          {histogramBars(report.histogram).map((bar) => (
            <rect
              key={bar.fromMs}
              x={x(bar.fromMs)}
              y={y(bar.height)}
              width={Math.max(x(bar.toMs) - x(bar.fromMs) - 0.5, 0.5)}
              height={plotHeight * bar.height}
              fill="var(--accent)"
              opacity={0.72}
            />
          ))}
          <path d={`M${LEFT} ${TOP + plotHeight}H${LEFT + plotWidth}`} stroke="var(--line)" />
          {scale.ticks(Math.floor(plotWidth / 70)).map((tick) => (
            <text key={tick} x={x(tick)} y={HEIGHT - 6} textAnchor="middle">
              {Number(tick.toPrecision(3)).toLocaleString("en-US", { maximumFractionDigits: 6 })}
            </text>
          ))}
          {marks.map((mark, row) => (
            <Mark key={mark.label} mark={mark} row={row} x={x} bottom={TOP + plotHeight} right={LEFT + plotWidth} />
          ))}
        </svg>
      )}
    </div>
  );
}

type MarkProps = { mark: PercentileBound; row: number; x: (ms: number) => number; bottom: number; right: number };

/** A claimed percentile: each has a line of its own for its words, so that close ones stay readable. */
function Mark({ mark, row, x, bottom, right }: MarkProps) {
  if (mark.valueMs === null) return null;
  const at = x(mark.valueMs);
  const y = 11 + row * 12;
  const end = at > right - 96;
  return (
    <g>
      <path d={`M${at} ${y - 8}V${bottom}`} stroke="var(--text-2)" strokeDasharray="3 3" />
      <text x={at + (end ? -5 : 5)} y={y} textAnchor={end ? "end" : "start"} style={{ fill: "var(--text)" }}>
        {mark.label} {latencyText(mark.valueMs)}
      </text>
    </g>
  );
}
