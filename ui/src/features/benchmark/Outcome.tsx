import { Card, CardHead } from "@/components/Card";
import type { Against, BenchmarkOutcome, BenchmarkReport } from "@/lib/api";
import { cx } from "@/lib/cx";
import { formatInteger } from "@/lib/format";
import { AgainstCard } from "./AgainstCard";
import { EnvironmentCard } from "./EnvironmentCard";
import { Headline } from "./Headline";
import { Histogram } from "./Histogram";
import { LoadCard } from "./LoadCard";
import { Percentiles } from "./Percentiles";
import { PlacementCard } from "./PlacementCard";
import { WarmUpStrip } from "./WarmUpStrip";
import { armName } from "./words";

type Props = { outcome: BenchmarkOutcome; stale: boolean };

/** One finished measurement. While the next one goes on, this one stays, dimmed. */
export function Outcome({ outcome, stale }: Props) {
  const { report, against } = outcome;
  return (
    <div
      data-testid="benchmark-report"
      data-samples={report.samples}
      className={cx("flex flex-col gap-2 p-2", stale && "opacity-50")}
    >
      <div className="grid grid-cols-[minmax(0,1fr)_minmax(280px,348px)] items-start gap-2">
        <div className="flex min-w-0 flex-col gap-2">
          <Headline report={report} against={against} />
          <Card>
            <CardHead title="Latency distribution" sub={axisNote(report)}>
              {against ? <Legend report={report} against={against} /> : countNote(report)}
            </CardHead>
            <div className="px-2 pb-1">
              <Histogram report={report} other={against?.report ?? null} />
            </div>
            <WarmUpStrip report={report} />
          </Card>
          <Percentiles report={report} against={against} />
          <PlacementCard provider={report.provider} />
        </div>
        <div className="flex min-w-0 flex-col gap-2">
          {against && <AgainstCard report={report} against={against} />}
          <LoadCard report={report} />
          <EnvironmentCard report={report} />
        </div>
      </div>
    </div>
  );
}

const axisNote = (report: BenchmarkReport) =>
  report.targetRatePerS === null
    ? "count over milliseconds, both on log scales"
    : "count over milliseconds from the scheduled arrival, both on log scales";

/** Says so when the drawing does not hold every sample. */
function countNote(report: BenchmarkReport): string {
  const drawn = report.histogram.counts.reduce((sum, count) => sum + count, 0);
  const all = `${formatInteger(report.samples)} samples`;
  return drawn === report.samples ? `${all}, all drawn` : `${formatInteger(drawn)} of ${all} drawn`;
}

function Legend({ report, against }: { report: BenchmarkReport; against: Against }) {
  const arms = [
    { name: armName(report), color: "var(--run-1)" },
    { name: armName(against.report), color: "var(--run-2)" },
  ];
  return arms.map((arm) => (
    <span key={arm.color} className="flex max-w-50 items-center gap-1.5">
      <i className="size-2 flex-none rounded-[2px]" style={{ background: arm.color }} />
      <span className="truncate">{arm.name}</span>
    </span>
  ));
}
