import { Crosshair, Square, Workflow } from "lucide-react";
import { Button } from "@/components/Button";
import { Card, CardHead } from "@/components/Card";
import { ErrorLine } from "@/components/ErrorLine";
import { Table, Td, Th, Tr } from "@/components/Table";
import { VerdictBanner } from "@/components/VerdictBanner";
import { type CheckedTensor, type DivergenceReport, isCancelled, type Verdict } from "@/lib/api";
import { formatDuration, formatInteger, plural } from "@/lib/format";
import { showNode } from "@/lib/graphNode";
import { type InspectSource, useLabTab } from "@/lib/view";
import { Running } from "./ProveBench";
import type { useDivergence } from "./queries";
import { differenceText, divergenceHeadline } from "./words";

type Props = { source: InspectSource; search: ReturnType<typeof useDivergence>; onSearch: () => void };

/** Where the two sides begin to differ, found by bisection. */
export function DivergenceCard({ source, search, onSearch }: Props) {
  const failed = search.isError && !isCancelled(search.error);
  return (
    <Card className="flex-none" data-testid="divergence">
      <CardHead
        title="First layer that differs"
        sub="inner tensors are exposed a few at a time, on both sides"
        height={40}
      >
        {search.isPending ? (
          <Button icon={Square} onClick={search.cancel}>
            Cancel
          </Button>
        ) : (
          <Button icon={Crosshair} data-testid="divergence-run" onClick={onSearch}>
            {search.data ? "Search again" : "Find the first layer that differs"}
          </Button>
        )}
      </CardHead>
      {(search.isPending || failed || search.data) && (
        <div className="flex flex-col gap-2.5 p-3">
          {search.isPending && <Running progress={search.progress} what="Searching" />}
          {failed && <ErrorLine title="The search did not finish" error={search.error} onDismiss={search.reset} />}
          {search.data && !search.isPending && <Found source={source} report={search.data} />}
        </div>
      )}
    </Card>
  );
}

const VERDICT: Record<DivergenceReport["outcome"], Verdict> = { equal: "pass", found: "fail", fused: "inconclusive" };

function Found({ source, report }: { source: InspectSource; report: DivergenceReport }) {
  const [, setTab] = useLabTab();
  const { first } = report;
  const open = (tensor: CheckedTensor) => {
    showNode(source, tensor.nodeIndex);
    setTab("graph");
  };
  const looked = `${plural(report.checked.length, "tensor")} of ${formatInteger(report.tensors)} looked at in ${plural(report.probes, "probe")}, ${formatDuration(report.tookMs)}`;
  return (
    <>
      <VerdictBanner
        verdict={VERDICT[report.outcome]}
        title={divergenceHeadline(report)}
        data-testid="divergence-verdict"
      >
        {report.outcome === "fused"
          ? `As soon as it is exposed, nothing differs any more: the runtime fuses operators across it. ${looked}.`
          : first && report.lastEqual.length > 0
            ? `Everything it reads agrees: ${report.lastEqual.map((each) => each.tensor).join(", ")}. ${looked}.`
            : `${looked}.`}
      </VerdictBanner>
      {first && (
        <div className="flex items-center gap-3">
          <Button icon={Workflow} data-testid="divergence-open" onClick={() => open(first)}>
            Show in the graph
          </Button>
          <p className="tnum selectable min-w-0 truncate text-fg-2">
            {first.tensor}: {formatInteger(first.outside)} of {formatInteger(first.elements)} elements beyond the
            tolerance, largest difference {differenceText(first.maxAbs)}
            {first.actual !== null && ` (${first.actual} for ${first.expected})`}
          </p>
        </div>
      )}
      <Checked report={report} onOpen={open} />
    </>
  );
}

function Checked({ report, onOpen }: { report: DivergenceReport; onOpen: (tensor: CheckedTensor) => void }) {
  if (report.checked.length === 0) return null;
  return (
    <div className="max-h-72 overflow-y-auto rounded-card border border-line-2">
      <Table data-testid="divergence-checked">
        <colgroup>
          <col style={{ width: 64 }} />
          <col />
          <col style={{ width: 180 }} />
          <col style={{ width: 90 }} />
          <col style={{ width: 96 }} />
          <col style={{ width: 120 }} />
        </colgroup>
        <thead>
          <tr>
            <Th edge numeric>
              Node
            </Th>
            <Th>Tensor</Th>
            <Th>Operator</Th>
            <Th>Agrees</Th>
            <Th numeric>Max abs</Th>
            <Th edge numeric>
              Outside
            </Th>
          </tr>
        </thead>
        <tbody>
          {report.checked.map((tensor) => (
            <Tr
              key={tensor.tensor}
              selected={tensor.tensor === report.first?.tensor}
              onPick={() => onOpen(tensor)}
              title="Show in the graph"
            >
              <Td edge numeric className="text-fg-3">
                {formatInteger(tensor.nodeIndex)}
              </Td>
              <Td className="mono" title={tensor.tensor}>
                {tensor.tensor}
              </Td>
              <Td title={tensor.node}>{tensor.op}</Td>
              <Td className={tensor.equal ? "text-ok" : "text-bad"}>{tensor.equal ? "yes" : "no"}</Td>
              <Td numeric>{tensor.maxAbs === 0 ? "0" : differenceText(tensor.maxAbs)}</Td>
              <Td edge numeric>
                {tensor.outside === 0
                  ? "none"
                  : `${formatInteger(tensor.outside)} of ${formatInteger(tensor.elements)}`}
              </Td>
            </Tr>
          ))}
        </tbody>
      </Table>
      {report.skipped.length > 0 && (
        <p className="px-3 py-1.5 text-fg-3 text-label">
          Not looked at: {report.skipped.map((each) => `${each.tensor} ${each.why}`).join("; ")}
        </p>
      )}
    </div>
  );
}
