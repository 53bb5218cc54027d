import { useRef } from "react";
import { Status } from "@/components/Status";
import type { BenchmarkReport } from "@/lib/api";
import { formatInteger } from "@/lib/format";
import { useElementWidth } from "@/lib/useElementWidth";

const HEIGHT = 56;
const LEFT = 56;
const RIGHT = 12;
const BASE = HEIGHT - 6;

/** The course of the run: what was dropped as warm-up, the middle of each stretch, and what the course shows. */
export function WarmUpStrip({ report }: { report: BenchmarkReport }) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useElementWidth(frame);
  const { trace, steadiness } = report;
  const last = trace.atS.at(-1) ?? 1;
  const top = Math.max(...trace.medianMs, Number.MIN_VALUE) * 1.1;
  const plot = Math.max(width - LEFT - RIGHT, 1);
  const x = (s: number) => LEFT + (s / last) * plot;
  const y = (ms: number) => BASE - (ms / top) * (BASE - 6);
  const line = trace.atS.map(
    (at, index) => `${index ? "L" : "M"}${x(at).toFixed(1)} ${y(trace.medianMs[index] ?? 0).toFixed(1)}`,
  );
  const dropped = report.warmupRuns + report.warmupDropped;
  return (
    <div data-testid="benchmark-course" data-steady={steadiness.steady} className="border-line-2 border-t">
      <div className="flex h-7 items-center gap-3 px-3">
        <span className="flex-none text-fg-3 text-label">
          {formatInteger(dropped)} warm-up runs dropped{report.warmupDropped > 0 && ", more than were asked for"}
        </span>
        <span className="ml-auto min-w-0 truncate text-label" title={steadiness.summary}>
          <Status tone={steadiness.steady ? "ok" : "warn"}>{steadiness.summary}</Status>
        </span>
      </div>
      <div ref={frame} style={{ height: HEIGHT }}>
        {width > 0 && (
          <svg className="plot block" width={width} height={HEIGHT} role="img" aria-label="Latency over time">
            <rect
              x={LEFT}
              y={2}
              width={Math.max(x(trace.warmUpEndsS) - LEFT, 0)}
              height={BASE - 2}
              fill="var(--hover)"
            />
            <path d={`M${LEFT} ${BASE}H${LEFT + plot}`} stroke="var(--line)" />
            <path d={line.join("")} fill="none" stroke="var(--run-1)" />
            <text x={LEFT - 6} y={12} textAnchor="end">
              {top.toPrecision(2)} ms
            </text>
          </svg>
        )}
      </div>
      {steadiness.findings.length > 0 && (
        <ul className="border-line-2 border-t px-3 py-1.5">
          {steadiness.findings.map((finding) => (
            <li key={finding.text} data-testid="benchmark-finding" data-kind={finding.kind} className="flex py-0.5">
              <span className="selectable min-w-0 break-words text-fg-2">
                <Status tone="warn" iconOnly>
                  Finding
                </Status>{" "}
                {finding.text.charAt(0).toUpperCase() + finding.text.slice(1)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
