import type { ReactNode } from "react";
import { Card, CardHead } from "@/components/Card";
import type { BenchmarkReport } from "@/lib/api";
import { useNow } from "@/lib/clock";
import { cx } from "@/lib/cx";
import { formatAgo, formatInteger, formatMs, formatNumber, formatPercent, formatTime, shortDigest } from "@/lib/format";
import { latencyText } from "./bounds";
import { Histogram } from "./Histogram";
import { Percentiles } from "./Percentiles";
import { PlacementCard } from "./PlacementCard";

type Props = { report: BenchmarkReport; version: number; stale: boolean };

/** One finished run. While the next one measures, this one stays, dimmed. */
export function BenchmarkResult({ report, version, stale }: Props) {
  return (
    <div
      data-testid="benchmark-report"
      data-samples={report.samples}
      className={cx("flex flex-col gap-2 p-3", stale && "opacity-50")}
    >
      <Headline report={report} version={version} />
      <Card>
        <CardHead title="Latency distribution" sub="count over milliseconds, both on log scales">
          {countNote(report)}
        </CardHead>
        <div className="px-2 pb-1">
          <Histogram report={report} />
        </div>
      </Card>
      <Percentiles report={report} />
      <PlacementCard provider={report.provider} />
    </div>
  );
}

/** Says so when the drawing does not hold every sample. */
function countNote(report: BenchmarkReport): string {
  const drawn = report.histogram.counts.reduce((sum, count) => sum + count, 0);
  const all = `${formatInteger(report.samples)} samples`;
  return drawn === report.samples ? `${all}, all drawn` : `${formatInteger(drawn)} of ${all} drawn`;
}

function Headline({ report, version }: { report: BenchmarkReport; version: number }) {
  const now = useNow();
  const claims = report.percentiles.filter((bound) => bound.refused === null);
  const claimed = claims.find((bound) => bound.label === "p99") ?? claims.at(-1);
  return (
    <div className="flex items-center gap-4 rounded-card border border-line bg-panel px-3 py-2">
      <div className="min-w-0 flex-1">
        <b className="block truncate font-semibold text-head">
          {claimed
            ? `v${version}: ${claimed.label} ${latencyText(claimed.valueMs)}`
            : "No percentile can be claimed from this run"}
        </b>
        <p className="selectable text-fg-3 text-label">
          {claimed &&
            `between ${latencyText(claimed.lowMs)} and ${latencyText(claimed.highMs)} at ${formatPercent(report.confidence, 0)} confidence, n ${formatInteger(claimed.samples)}. `}
          Inputs: {report.inputs}, batch {report.batch}, {formatInteger(report.warmupRuns)} warm-up runs not counted.{" "}
          <span title={formatTime(report.startedAtMs)}>{formatAgo(report.startedAtMs, now)}</span>, sha256{" "}
          {shortDigest(report.digest)}
        </p>
      </div>
      <Figure
        label="Throughput"
        value={`${formatNumber(report.throughputPerS, report.throughputPerS < 100 ? 1 : 0)}/s`}
      />
      <Figure label="Mean" value={latencyText(report.meanMs)} />
      <Figure label="Load" value={formatMs(report.loadMs)} />
    </div>
  );
}

function Figure({ label, value }: { label: string; value: ReactNode }) {
  return (
    <div className="flex-none whitespace-nowrap border-line border-l pl-4">
      <span className="block text-fg-3 text-label">{label}</span>
      <b className="tnum font-semibold text-head">{value}</b>
    </div>
  );
}
