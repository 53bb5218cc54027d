import { useRef } from "react";
import type { BenchmarkReport } from "@/lib/api";
import { formatMs } from "@/lib/format";
import { useElementWidth } from "@/lib/useElementWidth";
import { countTicks, histogramBars, linearTicks } from "./bounds";

const HEIGHT = 188;
const LEFT = 48;
const RIGHT = 12;
const TOP = 22;
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
  const x = (value: number) => LEFT + ((value - lowMs) / (highMs - lowMs || 1)) * plotWidth;
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
          aria-label={`Latency of ${report.samples} samples, ${formatMs(lowMs)} to ${formatMs(highMs)}`}
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
          {linearTicks(lowMs, highMs, Math.floor(plotWidth / 90)).map((tick) => (
            <text key={tick} x={x(tick)} y={HEIGHT - 6} textAnchor="middle">
              {tick.toPrecision(3).replace(/\.?0+$/, "")}
            </text>
          ))}
          {marks.map((mark) =>
            mark.valueMs === null ? null : (
              <g key={mark.label}>
                <path
                  d={`M${x(mark.valueMs)} ${TOP - 6}V${TOP + plotHeight}`}
                  stroke="var(--text-2)"
                  strokeDasharray="3 3"
                />
                <text
                  x={x(mark.valueMs)}
                  y={11}
                  textAnchor={mark.valueMs - lowMs > (highMs - lowMs) * 0.85 ? "end" : "middle"}
                  style={{ fill: "var(--text)" }}
                >
                  {mark.label} {formatMs(mark.valueMs)}
                </text>
              </g>
            ),
          )}
        </svg>
      )}
    </div>
  );
}
