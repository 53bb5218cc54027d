import { Card, CardHead } from "@/components/Card";
import { Status } from "@/components/Status";
import { Table, Td, Th } from "@/components/Table";
import type { BenchmarkReport, PercentileBound } from "@/lib/api";
import { EMPTY, formatInteger, formatPercent } from "@/lib/format";
import { BoundDot } from "./BoundDot";
import { boundRange, latencyRange, latencyScale, latencyText, type Scale } from "./bounds";

/** Every percentile with its bound and its sample count. One that has too few samples is refused, in its own row. */
export function Percentiles({ report }: { report: BenchmarkReport }) {
  const range = boundRange(report.percentiles);
  const scale = range && latencyScale(range.lowMs, range.highMs);
  return (
    <Card>
      <CardHead title="Percentiles" sub={`binomial confidence bound, ${formatPercent(report.confidence, 0)}`}>
        {range && `${latencyRange(range.lowMs, range.highMs)}${scale?.log ? ", log scale" : ""}`}
      </CardHead>
      <Table aria-label="Percentiles">
        <colgroup>
          <col className="w-17" />
          <col className="w-20" />
          <col className="w-38" />
          <col className="w-35" />
          <col />
          <col className="w-25" />
        </colgroup>
        <thead>
          <tr>
            <Th edge />
            <Th numeric>Estimate</Th>
            <Th numeric>Bound</Th>
            <Th />
            <Th numeric>n, needed</Th>
            <Th edge>Claim</Th>
          </tr>
        </thead>
        <tbody>
          {report.percentiles.map((bound) => (
            <PercentileRow key={bound.label} bound={bound} scale={scale} />
          ))}
        </tbody>
      </Table>
    </Card>
  );
}

function PercentileRow({ bound, scale }: { bound: PercentileBound; scale: Scale | null }) {
  if (bound.refused !== null) {
    return (
      <tr data-testid="percentile-row" data-refused="true">
        <Td edge className="font-medium">
          {bound.label}
        </Td>
        <Td numeric className="text-fg-3">
          {EMPTY}
        </Td>
        <Td colSpan={3} className="selectable text-fg-2" data-testid="percentile-refused">
          {bound.refused}
        </Td>
        <Td edge>
          <Status tone="idle">No claim</Status>
        </Td>
      </tr>
    );
  }
  return (
    <tr data-testid="percentile-row" data-refused="false">
      <Td edge className="font-medium">
        {bound.label}
      </Td>
      <Td numeric className="font-semibold">
        {latencyText(bound.valueMs)}
      </Td>
      <Td numeric className="text-fg-2">
        {latencyRange(bound.lowMs, bound.highMs)}
      </Td>
      <Td>{scale && <BoundDot bound={bound} scale={scale} />}</Td>
      <Td numeric className="text-fg-3">
        {formatInteger(bound.samples)}, {formatInteger(bound.neededSamples)}
      </Td>
      <Td edge>
        <Status tone="ok">Bounded</Status>
      </Td>
    </tr>
  );
}
