import { useRef } from "react";
import type { BenchmarkReport, PercentileBound } from "@/lib/api";
import { useElementWidth } from "@/lib/useElementWidth";
import { countTicks, histogramBars, histogramOutline, latencyScale, latencyText } from "./bounds";
import { armName } from "./words";

const HEIGHT = 216;
const LEFT = 56;
const RIGHT = 12;
const TOP = 36;
const BOTTOM = 22;

type Props = { report: BenchmarkReport; other: BenchmarkReport | null };

/** Every sample of the run on a log count axis, with the claimed percentiles marked; beside another model, both in outline. */
export function Histogram({ report, other }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useElementWidth(frame);
  const edges = report.histogram.edgesMs;
  const lowMs = edges[0] ?? 0;
  const highMs = edges.at(-1) ?? 1;
  const plotWidth = Math.max(width - LEFT - RIGHT, 1);
  const plotHeight = HEIGHT - TOP - BOTTOM;
  const most = Math.max(...report.histogram.counts, ...(other?.histogram.counts ?? []), 1);
  // The bins are even in their logarithm, so the axis is too: equal bars stand for equal ratios.
  const scale = latencyScale(lowMs, highMs, 1);
  const x = (value: number) => LEFT + scale.at(value) * plotWidth;
  const y = (part: number) => TOP + plotHeight * (1 - part);
  const marks = marksOf(report, other);
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
          {countTicks([most]).map((tick) => (
            <g key={tick.count}>
              <path d={`M${LEFT} ${y(tick.height)}H${LEFT + plotWidth}`} stroke="var(--line-2)" />
              <text x={LEFT - 6} y={y(tick.height) + 4} textAnchor="end">
                {tick.count.toLocaleString("en-US")}
              </text>
            </g>
          ))}
          {other ? (
            [other, report].map((arm, index) => (
              <path
                key={arm === report ? "subject" : "reference"}
                d={histogramOutline(histogramBars(arm.histogram, most), x, y)}
                fill={index ? "var(--run-1)" : "var(--run-2)"}
                fillOpacity={0.16}
                stroke={index ? "var(--run-1)" : "var(--run-2)"}
              />
            ))
          ) : (
            <Bars report={report} most={most} x={x} y={y} plotHeight={plotHeight} />
          )}
          <path d={`M${LEFT} ${TOP + plotHeight}H${LEFT + plotWidth}`} stroke="var(--line)" />
          {scale.ticks(Math.floor(plotWidth / 70)).map((tick) => (
            <text key={tick} x={x(tick)} y={HEIGHT - 6} textAnchor="middle">
              {Number(tick.toPrecision(3)).toLocaleString("en-US", { maximumFractionDigits: 6 })}
            </text>
          ))}
          {marks.map((mark, row) => (
            <Mark
              key={`${mark.label} ${mark.color}`}
              mark={mark}
              row={row}
              x={x}
              bottom={TOP + plotHeight}
              right={LEFT + plotWidth}
            />
          ))}
        </svg>
      )}
    </div>
  );
}

type Bars = {
  report: BenchmarkReport;
  most: number;
  x: (ms: number) => number;
  y: (part: number) => number;
  plotHeight: number;
};

function Bars({ report, most, x, y, plotHeight }: Bars) {
  return histogramBars(report.histogram, most).map((bar) => (
    <rect
      key={bar.fromMs}
      x={x(bar.fromMs)}
      y={y(bar.height)}
      width={Math.max(x(bar.toMs) - x(bar.fromMs) - 0.5, 0.5)}
      height={plotHeight * bar.height}
      fill="var(--accent)"
      opacity={0.72}
    />
  ));
}

type MarkAt = { label: string; ms: number; color: string };

function marksOf(report: BenchmarkReport, other: BenchmarkReport | null): MarkAt[] {
  const claimed = (arm: BenchmarkReport | null, label: string): PercentileBound | undefined =>
    arm?.percentiles.find((bound) => bound.label === label && bound.refused === null);
  const own = other ? "var(--run-1)" : "var(--text-2)";
  const wanted: { arm: BenchmarkReport | null; label: string; color: string; words: string }[] = [
    { arm: report, label: "p50", color: own, words: "p50" },
    { arm: report, label: "p99", color: own, words: "p99" },
    { arm: other, label: "p99", color: "var(--run-2)", words: other ? `${armName(other)} p99` : "" },
  ];
  return wanted.flatMap(({ arm, label, color, words }) => {
    const ms = claimed(arm, label)?.valueMs;
    return ms == null ? [] : [{ label: words, ms, color }];
  });
}

type MarkProps = { mark: MarkAt; row: number; x: (ms: number) => number; bottom: number; right: number };

/** A claimed percentile: each has a line of its own for its words, so that close ones stay readable. */
function Mark({ mark, row, x, bottom, right }: MarkProps) {
  const at = x(mark.ms);
  const y = 11 + row * 12;
  const end = at > right - 96;
  return (
    <g>
      <path d={`M${at} ${y - 8}V${bottom}`} stroke={mark.color} strokeDasharray="3 3" />
      <text x={at + (end ? -5 : 5)} y={y} textAnchor={end ? "end" : "start"} style={{ fill: "var(--text)" }}>
        {mark.label} {latencyText(mark.ms)}
      </text>
    </g>
  );
}
