import { Fragment, useRef } from "react";
import { Card, CardHead } from "@/components/Card";
import { Status } from "@/components/Status";
import type { Against, BenchmarkReport, PercentileDifference } from "@/lib/api";
import { formatInteger, formatNumber, formatPercent } from "@/lib/format";
import { useElementWidth } from "@/lib/useElementWidth";
import { linearTicks } from "./bounds";
import { armName, mainDifference, pText, SHIFT, signed, signedMs } from "./words";

type Props = { report: BenchmarkReport; against: Against };

/** How two models that were measured in turns differ, and how sure that is. */
export function AgainstCard({ report, against }: Props) {
  const main = mainDifference(against);
  const { agreement } = against;
  const rows: [string, string][] = [
    ["In turns", `${formatInteger(against.blocks)} pairs of ${formatInteger(against.blockSamples)} samples`],
    ["Method", `block bootstrap, ${formatInteger(against.draws)} draws`],
    [
      "Outputs",
      agreement.differs ??
        (agreement.equal ? "equal, every element" : `differ by up to ${formatNumber(agreement.maxAbs)}`),
    ],
    [
      "To find 5 % of p99",
      against.samplesForShift === null
        ? "too few samples to say"
        : `${formatInteger(against.samplesForShift)} samples each`,
    ],
  ];
  return (
    <Card data-testid="benchmark-against-card">
      <CardHead title={`${armName(report)} less ${armName(against.report)}`} sub={main?.label}>
        {main?.verdict && <Status tone={SHIFT[main.verdict].tone}>{`p ${pText(main.pValue ?? 1)}`}</Status>}
      </CardHead>
      {main && <Distribution difference={main} />}
      <dl className="kv px-3 py-1">
        {main?.differenceMs != null && main.lowMs !== null && main.highMs !== null && (
          <>
            <dt>{main.label} difference</dt>
            <dd className="tnum">
              <b className="font-semibold">{signedMs(main.differenceMs)}</b>{" "}
              <span className="text-fg-2">
                {signed(main.lowMs)} to {signed(main.highMs)}
              </span>
            </dd>
            <dt>Same within</dt>
            <dd className="tnum">
              ±{formatNumber(main.marginMs, undefined, 3)} ms, {formatPercent(against.margin, 0)}
            </dd>
          </>
        )}
        {rows.map(([label, value]) => (
          <Fragment key={label}>
            <dt>{label}</dt>
            <dd title={value}>{value}</dd>
          </Fragment>
        ))}
      </dl>
    </Card>
  );
}

const HEIGHT = 104;
const TOP = 10;
const BASE = HEIGHT - 20;

/** The bootstrap distribution: bars, the interval behind them, zero and the margin. */
function Distribution({ difference }: { difference: PercentileDifference }) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useElementWidth(frame);
  const { distribution, lowMs, highMs, marginMs } = difference;
  if (!distribution || lowMs === null || highMs === null || marginMs === null) return null;
  const edges = distribution.edgesMs;
  const from = Math.min(edges[0] ?? 0, 0, -marginMs);
  const to = Math.max(edges.at(-1) ?? 0, 0, marginMs);
  const room = (to - from) * 0.04 || 1;
  const x = (ms: number) => 12 + ((ms - from + room) / (to - from + 2 * room)) * Math.max(width - 24, 1);
  const most = Math.max(1, ...distribution.counts);
  return (
    <div ref={frame} style={{ height: HEIGHT }} className="border-line-2 border-b">
      {width > 0 && (
        <svg
          className="plot block"
          width={width}
          height={HEIGHT}
          role="img"
          aria-label="Bootstrap distribution of the difference"
        >
          <rect
            x={x(lowMs)}
            y={TOP}
            width={Math.max(x(highMs) - x(lowMs), 1)}
            height={BASE - TOP}
            fill="var(--accent-weak)"
          />
          {distribution.counts.map((count, index) => {
            const left = x(edges[index] ?? 0);
            const right = x(edges[index + 1] ?? 0);
            const height = (count / most) * (BASE - TOP);
            return (
              <rect
                key={edges[index]}
                x={left}
                y={BASE - height}
                width={Math.max(right - left - 0.5, 0.5)}
                height={height}
                fill="var(--run-1)"
              />
            );
          })}
          <path d={`M12 ${BASE}H${width - 12}`} stroke="var(--line)" />
          <path d={`M${x(0)} ${TOP - 4}V${BASE}`} stroke="var(--text-2)" />
          {[-marginMs, marginMs].map((margin) => (
            <path key={margin} d={`M${x(margin)} ${TOP - 4}V${BASE}`} stroke="var(--warn)" strokeDasharray="3 3" />
          ))}
          {linearTicks(from, to, 4).map((tick) => (
            <text key={tick} x={x(tick)} y={HEIGHT - 6} textAnchor="middle">
              {tick === 0 ? "0 ms" : signed(Number(tick.toPrecision(2)))}
            </text>
          ))}
        </svg>
      )}
    </div>
  );
}
