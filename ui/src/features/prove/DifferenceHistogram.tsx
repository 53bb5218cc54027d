import { useRef } from "react";
import type { OutputMetrics } from "@/lib/api";
import { formatInteger } from "@/lib/format";
import { useElementWidth } from "@/lib/useElementWidth";

const HEIGHT = 132;
const LEFT = 64;
const RIGHT = 16;
const TOP = 20;
const BOTTOM = 22;

const SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const power = (exponent: number): string =>
  `10${exponent < 0 ? "⁻" : ""}${[...String(Math.abs(exponent))].map((digit) => SUPERSCRIPT[Number(digit)]).join("")}`;

/** Elements by the size of their difference, four bins to a decade; what is exactly equal has no place on a log scale. */
export function DifferenceHistogram({ output, atol }: { output: OutputMetrics; atol: number }) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useElementWidth(frame);
  const { edges, counts } = output.histogram;
  if (counts.length === 0) return <p className="px-3 py-2 text-fg-2">{allEqual(output)}</p>;
  const low = Math.floor(Math.log10(edges[0] ?? 1e-18));
  const high = Math.max(Math.ceil(Math.log10(edges.at(-1) ?? 1)), low + 1);
  const plot = Math.max(width - LEFT - RIGHT, 1);
  const tall = HEIGHT - TOP - BOTTOM;
  const most = Math.max(...counts);
  // One element must still be seen beside a million.
  const part = (count: number) => (count === 0 ? 0 : (Math.log10(count) + 0.3) / (Math.log10(most) + 0.3));
  const x = (value: number) => LEFT + ((Math.log10(value) - low) / (high - low)) * plot;
  const step = Math.max(1, Math.ceil((high - low) / Math.max(1, Math.floor(plot / 56))));
  const decades = Array.from({ length: high - low + 1 }, (_, at) => low + at).filter((_, at) => at % step === 0);
  const inside = atol > 0 && Math.log10(atol) >= low && Math.log10(atol) <= high;
  return (
    <div ref={frame} style={{ height: HEIGHT }}>
      {width > 0 && (
        <svg
          className="plot block"
          width={width}
          height={HEIGHT}
          role="img"
          aria-label={`Differences of ${output.output}`}
        >
          <text x={LEFT - 6} y={TOP + 4} textAnchor="end">
            {formatInteger(most)}
          </text>
          <text x={LEFT - 6} y={TOP + tall} textAnchor="end">
            0
          </text>
          <path d={`M${LEFT} ${TOP}H${LEFT + plot}`} stroke="var(--line-2)" />
          {counts.map((count, at) => {
            const from = edges[at] ?? 0;
            const left = x(from);
            const right = x(edges[at + 1] ?? from * 2);
            return (
              <rect
                key={from}
                x={left}
                y={TOP + tall * (1 - part(count))}
                width={Math.max(right - left - 1, 1)}
                height={tall * part(count)}
                fill="var(--accent)"
                opacity={0.75}
              >
                <title>{`${formatInteger(count)} elements from ${from.toExponential(1)}`}</title>
              </rect>
            );
          })}
          <path d={`M${LEFT} ${TOP + tall}H${LEFT + plot}`} stroke="var(--line)" />
          {decades.map((decade) => (
            <text key={decade} x={x(10 ** decade)} y={HEIGHT - 6} textAnchor="middle">
              {power(decade)}
            </text>
          ))}
          {inside && (
            <g>
              <path d={`M${x(atol)} ${TOP - 8}V${TOP + tall}`} stroke="var(--text-2)" strokeDasharray="3 3" />
              <text x={x(atol) + 5} y={TOP - 4} style={{ fill: "var(--text)" }}>
                atol
              </text>
            </g>
          )}
        </svg>
      )}
    </div>
  );
}

const allEqual = (output: OutputMetrics): string =>
  output.histogram.infinite > 0
    ? `${formatInteger(output.histogram.infinite)} elements differ infinitely: text, NaN or infinity against something else.`
    : "Every element is exactly equal.";
