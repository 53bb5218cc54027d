import { Card, CardHead } from "@/components/Card";
import { Status } from "@/components/Status";
import { Table, Td, Th } from "@/components/Table";
import type { Against, BenchmarkReport, PercentileBound, PercentileDifference } from "@/lib/api";
import { EMPTY, formatInteger, formatPercent } from "@/lib/format";
import { BoundDot } from "./BoundDot";
import { boundRange, latencyRange, latencyScale, latencyText, type Scale } from "./bounds";
import { armName, SHIFT, signed } from "./words";

type Props = { report: BenchmarkReport; against: Against | null };

/** Every percentile with its bound and its sample count. One that has too few samples is refused, in its own row. */
export function Percentiles({ report, against }: Props) {
  const other = against?.report ?? null;
  const range = boundRange([...report.percentiles, ...(other?.percentiles ?? [])]);
  const scale = range && latencyScale(range.lowMs, range.highMs);
  return (
    <Card>
      <CardHead title="Percentiles" sub={`binomial confidence bound, ${formatPercent(report.confidence, 0)} each side`}>
        {range && `${latencyRange(range.lowMs, range.highMs)}${scale?.log ? ", log scale" : ""}`}
      </CardHead>
      <Table aria-label="Percentiles">
        <colgroup>
          <col className={against ? "w-14" : "w-17"} />
          <col className={against ? "w-20" : "w-22"} />
          <col className={against ? "w-36" : "w-38"} />
          <col className="w-35" />
          <col className={against ? "w-20" : ""} />
          {against && <col />}
          <col className={against ? "w-28" : "w-25"} />
        </colgroup>
        <thead>
          <tr>
            <Th edge />
            <Th numeric>{other ? armName(report) : "Estimate"}</Th>
            <Th numeric>Bound</Th>
            <Th />
            <Th numeric>{other ? armName(other) : "n, needed"}</Th>
            {against && <Th numeric>Difference, bound</Th>}
            <Th edge>{against ? "Verdict" : "Claim"}</Th>
          </tr>
        </thead>
        <tbody>
          {report.percentiles.map((bound, index) => (
            <PercentileRow
              key={bound.label}
              bound={bound}
              other={other?.percentiles[index] ?? null}
              difference={against?.differences[index] ?? null}
              scale={scale}
            />
          ))}
        </tbody>
      </Table>
    </Card>
  );
}

type RowProps = {
  bound: PercentileBound;
  other: PercentileBound | null;
  difference: PercentileDifference | null;
  scale: Scale | null;
};

function PercentileRow({ bound, other, difference, scale }: RowProps) {
  if (bound.refused !== null) {
    return (
      <tr data-testid="percentile-row" data-refused="true">
        <Td edge className="font-medium">
          {bound.label}
        </Td>
        <Td numeric className="text-fg-3">
          {EMPTY}
        </Td>
        <Td colSpan={difference ? 4 : 3} className="selectable text-fg-2" data-testid="percentile-refused">
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
      <Td>{scale && <BoundDot bound={bound} other={other?.valueMs ?? null} scale={scale} />}</Td>
      {difference ? <Compared other={other} difference={difference} /> : <Counted bound={bound} />}
    </tr>
  );
}

function Counted({ bound }: { bound: PercentileBound }) {
  return (
    <>
      <Td numeric className="text-fg-3">
        {formatInteger(bound.samples)}, {formatInteger(bound.neededSamples)}
      </Td>
      <Td edge>
        <Status tone="ok">Bounded</Status>
      </Td>
    </>
  );
}

function Compared({ other, difference }: { other: PercentileBound | null; difference: PercentileDifference }) {
  const { differenceMs, lowMs, highMs, verdict } = difference;
  const look = verdict ? SHIFT[verdict] : { tone: "idle" as const, word: "No claim" };
  return (
    <>
      <Td numeric>{latencyText(other?.valueMs ?? null)}</Td>
      <Td numeric title={difference.refused ?? undefined}>
        {differenceMs === null || lowMs === null || highMs === null ? (
          <span className="text-fg-2">{difference.refused}</span>
        ) : (
          <>
            <b className="font-semibold">{signed(differenceMs)}</b>{" "}
            <span className="text-fg-2">
              {signed(lowMs)} to {signed(highMs)}
            </span>
          </>
        )}
      </Td>
      <Td edge>
        <Status tone={look.tone}>{look.word}</Status>
      </Td>
    </>
  );
}
