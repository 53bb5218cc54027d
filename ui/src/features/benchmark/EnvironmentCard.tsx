import { FileClock } from "lucide-react";
import { Fragment } from "react";
import { Button } from "@/components/Button";
import { Card, CardHead } from "@/components/Card";
import { ErrorLine } from "@/components/ErrorLine";
import { Status } from "@/components/Status";
import type { BaselineComparison, BenchmarkReport } from "@/lib/api";
import { formatBytes, formatNumber, formatTime } from "@/lib/format";
import { latencyText } from "./bounds";
import { useBaseline } from "./queries";
import { SHIFT } from "./words";

const NOT_REPORTED = "not reported";

/** The machine that was measured on. Figures of another one are not compared. */
export function EnvironmentCard({ report }: { report: BenchmarkReport }) {
  const baseline = useBaseline();
  const { fingerprint } = report;
  const rows: [string, string][] = [
    ["CPU", `${fingerprint.cpu}, ${fingerprint.cores} cores`],
    ["Governor", fingerprint.governor ?? NOT_REPORTED],
    ["Affinity", fingerprint.affinity ? `cores ${fingerprint.affinity}` : NOT_REPORTED],
    ["Load at start", report.loadAtStart === null ? NOT_REPORTED : formatNumber(report.loadAtStart, 2)],
    ["Memory", formatBytes(fingerprint.memoryBytes)],
    ["System", fingerprint.os],
    ["Driver", fingerprint.driver ?? "none"],
    ["Runtime", fingerprint.runtimeVersion ? `ONNX Runtime ${fingerprint.runtimeVersion}` : NOT_REPORTED],
  ];
  return (
    <Card data-testid="fingerprint">
      <CardHead title="Environment">
        <span className="mono selectable" title="Figures compare only where this is the same">
          {fingerprint.digest.slice(0, 8)}
        </span>
      </CardHead>
      <dl className="kv px-3 py-1">
        {rows.map(([label, value]) => (
          <Fragment key={label}>
            <dt>{label}</dt>
            <dd title={value}>{value}</dd>
          </Fragment>
        ))}
      </dl>
      <div className="flex flex-col gap-2 border-line-2 border-t p-3" data-testid="benchmark-baseline">
        {baseline.data && <Held baseline={baseline.data} />}
        {baseline.isError && (
          <div className="-mb-2">
            <ErrorLine title="Not compared" error={baseline.error} onDismiss={baseline.reset} />
          </div>
        )}
        <Button icon={FileClock} busy={baseline.isPending} onClick={() => baseline.mutate(report)}>
          Compare with a saved report
        </Button>
      </div>
    </Card>
  );
}

function Held({ baseline }: { baseline: BaselineComparison }) {
  return (
    <div>
      <p className="pb-1 text-fg-2">
        Same machine and load, {formatTime(baseline.startedAtMs)}: {baseline.model}
      </p>
      <ul>
        {baseline.percentiles.map((each) => (
          <li key={each.label} className="tnum flex h-6 items-center gap-2">
            <span className="w-12 font-medium">{each.label}</span>
            <span className="flex-1 text-fg-2">
              {latencyText(each.nowMs)}, was {latencyText(each.thenMs)}
            </span>
            <Status tone={SHIFT[each.verdict].tone}>{SHIFT[each.verdict].word}</Status>
          </li>
        ))}
      </ul>
    </div>
  );
}
