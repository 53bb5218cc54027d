import { type ReactNode, useState } from "react";
import { Card, CardHead } from "@/components/Card";
import { VerdictBanner } from "@/components/VerdictBanner";
import type { ComparisonReport, SideReport } from "@/lib/api";
import { cx } from "@/lib/cx";
import { formatDuration, formatInteger } from "@/lib/format";
import { DifferenceHistogram } from "./DifferenceHistogram";
import { MetricsTable } from "./MetricsTable";
import { WorstRows } from "./WorstRows";
import { detail, headline, verdictOf, worstOutput } from "./words";

type Props = { report: ComparisonReport; stale: boolean; children?: ReactNode };

/** The verdict, the figures behind it, and the rows that are furthest off. */
export function CompareResult({ report, stale, children }: Props) {
  const [picked, setPicked] = useState<string | null>(null);
  const output = report.outputs.find((each) => each.output === picked) ?? worstOutput(report);
  return (
    <div className={cx("flex flex-col gap-3", stale && "opacity-60")} data-testid="compare-result">
      <VerdictBanner verdict={verdictOf(report.agreement)} title={headline(report)} data-testid="compare-verdict">
        {detail(report)}
      </VerdictBanner>
      <Card className="flex-none">
        <CardHead title="Outputs" sub={`${sideText(report.actual)} against ${expectedText(report)}`}>
          {formatInteger(report.rows)} rows of {report.inputs}, {formatInteger(report.batchRows)} at a time,{" "}
          {formatDuration(report.tookMs)}
        </CardHead>
        <MetricsTable outputs={report.outputs} selected={output?.output ?? null} onSelect={setPicked} />
        <Notes report={report} />
      </Card>
      {output && output.elements > 0 && (
        <Card className="flex-none">
          <CardHead title="Differences" sub={`${output.output}: elements by |actual − expected|, log scale`}>
            {formatInteger(output.histogram.equal)} of {formatInteger(output.elements)} exactly equal
          </CardHead>
          <DifferenceHistogram output={output} atol={report.tolerance.atol} />
        </Card>
      )}
      {children}
      <WorstRows rows={report.worstRows} />
    </div>
  );
}

function sideText(side: SideReport): string {
  const level = side.options.optimisation === "all" ? "" : `, optimisation ${side.options.optimisation}`;
  const provider = side.provider.requested.join(" then ");
  return `${side.label}${level}${provider === "cpu" ? "" : `, ${provider}`}`;
}

function expectedText(report: ComparisonReport): string {
  const other = report.expected;
  if (!other) return "expected outputs";
  const same = other.label === report.actual.label && sideText(other) === sideText(report.actual);
  const runtime =
    other.runtimeVersion === report.actual.runtimeVersion ? "" : ` on ONNX Runtime ${other.runtimeVersion}`;
  return same ? `itself${runtime}` : `${sideText(other)}${runtime}`;
}

function Notes({ report }: { report: ComparisonReport }) {
  const notes = [...report.notes];
  if (report.outputsLeftOut.length > 0) notes.push(`not compared: ${report.outputsLeftOut.join(", ")}`);
  if (notes.length === 0) return null;
  return (
    <p className="selectable truncate px-3 py-1.5 text-fg-3 text-label" title={notes.join("\n")}>
      {notes.join(" · ")}
    </p>
  );
}
