import { useRef } from "react";
import type { MachineCeiling, ModelCost } from "@/lib/api";
import { formatNumber } from "@/lib/format";
import { useElementWidth } from "@/lib/useElementWidth";
import { decades, spots } from "./roofline";
import { opInks, shortNumber } from "./words";

const HEIGHT = 176;
const LEFT = 44;
const RIGHT = 12;
const TOP = 18;
const BOTTOM = 22;

const tickText = (tick: number) => Number(tick.toPrecision(3)).toLocaleString("en-US", { maximumFractionDigits: 6 });

/** Operators by how many operations they do with a byte, on the line of what this machine can reach. */
export function Roofline({ cost, ceiling }: { cost: ModelCost; ceiling: MachineCeiling }) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useElementWidth(frame);
  const inks = opInks(cost);
  const placed = spots(cost, ceiling);
  const ridge = ceiling.ridgeFlopsPerByte;
  const [low, high] = decades([...placed.map((spot) => spot.intensity), ridge * 2, 0.1]);
  const peak = ceiling.flopsPerS;
  const [bottom, top] = decades(
    [peak, ...placed.map((spot) => spot.reachable), 10 ** low * ceiling.bytesPerS].map((s) => s / 1e9),
  );
  const plotWidth = Math.max(width - LEFT - RIGHT, 1);
  const plotHeight = HEIGHT - TOP - BOTTOM;
  const x = (value: number) => LEFT + ((Math.log10(value) - low) / (high - low)) * plotWidth;
  const y = (perS: number) => TOP + plotHeight * (1 - (Math.log10(perS / 1e9) - bottom) / (top - bottom));
  const most = Math.max(...placed.map((spot) => spot.flops), 1);
  const across = Array.from({ length: high - low + 1 }, (_, at) => 10 ** (low + at));
  const step = Math.ceil((top - bottom) / 5);
  const up = Array.from({ length: Math.floor((top - bottom) / step) + 1 }, (_, at) => 10 ** (bottom + at * step));
  return (
    <div ref={frame} style={{ height: HEIGHT }} data-testid="roofline">
      {width > 0 && (
        <svg
          className="plot block"
          width={width}
          height={HEIGHT}
          role="img"
          aria-label={`Roofline: ${shortNumber(peak)} FLOP/s above ${formatNumber(ridge, 1)} FLOPs a byte`}
        >
          {up.map((tick) => (
            <g key={tick}>
              <path d={`M${LEFT} ${y(tick * 1e9)}H${LEFT + plotWidth}`} stroke="var(--line-2)" />
              <text x={LEFT - 6} y={y(tick * 1e9) + 4} textAnchor="end">
                {tickText(tick)}
              </text>
            </g>
          ))}
          {across.map((tick, at) => (
            <text
              key={tick}
              x={x(tick)}
              y={HEIGHT - 6}
              textAnchor={at === 0 ? "start" : tick === across.at(-1) ? "end" : "middle"}
            >
              {tickText(tick)}
            </text>
          ))}
          <path
            d={`M${x(10 ** low)} ${y(10 ** low * ceiling.bytesPerS)}L${x(ridge)} ${y(peak)}H${LEFT + plotWidth}`}
            fill="none"
            stroke="var(--text-3)"
            strokeWidth={1.5}
          />
          <text x={LEFT + plotWidth} y={y(peak) - 9} textAnchor="end" style={{ fill: "var(--text-2)" }}>
            {shortNumber(peak)}FLOP/s
          </text>
          {placed.map((spot) => (
            <circle
              key={`${spot.domain} ${spot.op}`}
              cx={x(spot.intensity)}
              cy={y(spot.reachable)}
              r={2.5 + 3.5 * Math.sqrt(spot.flops / most)}
              fill={inks.get(`${spot.domain} ${spot.op}`) ?? "var(--outline)"}
              stroke="var(--panel)"
            >
              <title>
                {`${spot.op}: ${formatNumber(spot.intensity)} FLOPs a byte, at most ${shortNumber(spot.reachable)}FLOP/s, bound by ${spot.memoryBound ? "memory" : "computing"}`}
              </title>
            </circle>
          ))}
        </svg>
      )}
    </div>
  );
}
