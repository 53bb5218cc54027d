import type { ReactNode } from "react";
import { VerdictBanner } from "@/components/VerdictBanner";
import type { Against, BenchmarkReport } from "@/lib/api";
import { useNow } from "@/lib/clock";
import { formatAgo, formatInteger, formatNumber, formatTime } from "@/lib/format";
import { latencyText } from "./bounds";
import { claimOf } from "./words";

type Props = { report: BenchmarkReport; against: Against | null };

/** The one sentence that this measurement allows, and the figures beside it. */
export function Headline({ report, against }: Props) {
  const now = useNow();
  const claim = claimOf(report, against);
  const rate = report.throughputPerS;
  return (
    <div className="flex items-stretch gap-2">
      <div className="min-w-0 flex-1 [&>*]:h-full">
        <VerdictBanner verdict={claim.verdict} title={claim.title} data-testid="benchmark-claim">
          {claim.text} <span title={formatTime(report.startedAtMs)}>{formatAgo(report.startedAtMs, now)}</span>.
        </VerdictBanner>
      </div>
      <div className="flex flex-none items-center rounded-card border border-line bg-panel">
        <Figure
          label={report.targetRatePerS === null ? "Throughput" : "Achieved"}
          value={`${formatNumber(rate, rate < 100 ? 1 : 0)}/s`}
        />
        {report.sendError ? (
          <Figure label="Send error p99" value={`${formatNumber(report.sendError.p99Us, undefined, 3)} µs`} />
        ) : (
          <Figure label="Mean" value={latencyText(report.meanMs)} />
        )}
        <Figure label="Errors" value={formatInteger(report.errors + report.dropped)} />
      </div>
    </div>
  );
}

function Figure({ label, value }: { label: string; value: ReactNode }) {
  return (
    <div className="whitespace-nowrap border-line border-l px-3 py-1.5 first:border-l-0">
      <span className="block text-fg-3 text-label">{label}</span>
      <b className="tnum font-semibold text-head">{value}</b>
    </div>
  );
}
