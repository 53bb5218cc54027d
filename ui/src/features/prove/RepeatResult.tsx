import { Card, CardHead } from "@/components/Card";
import { Table, Td, Th } from "@/components/Table";
import { VerdictBanner } from "@/components/VerdictBanner";
import type { DeterminismReport } from "@/lib/api";
import { formatDuration, formatInteger } from "@/lib/format";
import { differenceText, repeatHeadline, threadsText } from "./words";

/** Whether the same rows gave the same bytes, with each number of threads. */
export function RepeatResult({ report }: { report: DeterminismReport }) {
  return (
    <div className="flex flex-col gap-3" data-testid="repeat-result">
      <VerdictBanner
        verdict={report.deterministic ? "pass" : "fail"}
        title={repeatHeadline(report)}
        data-testid="repeat-verdict"
      >
        {formatInteger(report.rows)} rows, {report.inputs}; bytes are compared, not numbers.{" "}
        {formatDuration(report.tookMs)}
      </VerdictBanner>
      <Card className="flex-none">
        <CardHead title="Threads" sub={`${report.side.label}, each number loaded anew`} />
        <Table>
          <colgroup>
            <col style={{ width: 130 }} />
            <col style={{ width: 90 }} />
            <col style={{ width: 150 }} />
            <col style={{ width: 190 }} />
            <col />
            <col style={{ width: 110 }} />
            <col style={{ width: 110 }} />
          </colgroup>
          <thead>
            <tr>
              <Th edge>Threads</Th>
              <Th numeric>Repeats</Th>
              <Th>Same every time</Th>
              <Th>Same as {threadsText([report.groups[0]?.threads ?? 1])}</Th>
              <Th>First output that differs</Th>
              <Th numeric>Elements</Th>
              <Th edge numeric>
                Max abs
              </Th>
            </tr>
          </thead>
          <tbody>
            {report.groups.map((group) => (
              <tr key={group.threads} data-testid="repeat-group">
                <Td edge>{threadsText([group.threads])}</Td>
                <Td numeric>{formatInteger(group.repeats)}</Td>
                <Answer yes={group.sameEveryTime} />
                <Answer yes={group.sameAsFirstGroup} />
                <Td className="mono">
                  {group.firstOutput ? `${group.firstOutput}, repeat ${group.firstRepeat}` : "—"}
                </Td>
                <Td numeric>{formatInteger(group.elements)}</Td>
                <Td edge numeric>
                  {group.maxAbs === 0 ? "0" : differenceText(group.maxAbs)}
                </Td>
              </tr>
            ))}
          </tbody>
        </Table>
      </Card>
    </div>
  );
}

function Answer({ yes }: { yes: boolean }) {
  return <Td className={yes ? "text-ok" : "text-bad"}>{yes ? "yes" : "no"}</Td>;
}
