import { Fragment } from "react";
import { Card, CardHead } from "@/components/Card";
import type { BenchmarkReport } from "@/lib/api";
import { formatDuration, formatInteger, formatMs, formatNumber, plural } from "@/lib/format";
import { latencyText } from "./bounds";
import { loadText } from "./words";

/** The load that was put on, and how it was kept. */
export function LoadCard({ report }: { report: BenchmarkReport }) {
  const { sendError: send, queue } = report;
  const target = report.targetRatePerS;
  const rows: [string, string | null][] = [
    ["Load", loadText(report.scenario)],
    ["Inputs", `${report.inputs}, batch ${formatInteger(report.batch)}`],
    ["Achieved", target === null ? null : `${formatNumber(report.throughputPerS)} of ${formatNumber(target)} per s`],
    ["Send error", send && `p50 ${us(send.p50Us)}, p99 ${us(send.p99Us)}, max ${us(send.maxUs)} µs`],
    ["Queue", queue && `mean ${formatNumber(queue.mean, undefined, 3)}, max ${formatInteger(queue.max)}`],
    ["Never sent", target === null ? null : formatInteger(report.dropped)],
    ["Mean", latencyText(report.meanMs)],
    ["Sessions", `${formatInteger(report.sessions)}, ${threads(report.threads)} in one run`],
    ["Measured for", formatDuration(report.durationMs)],
    ["Loading", formatMs(report.loadMs)],
  ];
  return (
    <Card data-testid="benchmark-load-card">
      <CardHead title="Load" sub={target === null ? undefined : "latency counts from the scheduled arrival"} />
      <dl className="kv px-3 py-1">
        {rows.map(
          ([label, value]) =>
            value !== null && (
              <Fragment key={label}>
                <dt>{label}</dt>
                <dd title={value}>{value}</dd>
              </Fragment>
            ),
        )}
      </dl>
    </Card>
  );
}

const threads = (count: number) => (count === 0 ? "every core" : plural(count, "thread"));
const us = (value: number) => formatNumber(value, undefined, 3);
