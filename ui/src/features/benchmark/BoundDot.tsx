import type { PercentileBound } from "@/lib/api";
import type { Scale } from "./bounds";

const WIDTH = 128;

type Props = { bound: PercentileBound; other: number | null; scale: Scale };

/** The estimate as a dot on its confidence bound, on the scale that all rows share; the other model's is a mark. */
export function BoundDot({ bound, other, scale }: Props) {
  const { valueMs, lowMs, highMs } = bound;
  if (valueMs === null) return null;
  const x = (value: number) => 4 + scale.at(value) * (WIDTH - 8);
  return (
    <svg width={WIDTH} height={23} aria-hidden="true">
      <path d={`M4 11.5H${WIDTH - 4}`} stroke="var(--line-2)" />
      {lowMs !== null && highMs !== null && (
        <path
          d={`M${x(lowMs)} 11.5H${Math.max(x(highMs), x(lowMs) + 1)}`}
          stroke="var(--accent)"
          strokeWidth={3}
          opacity={0.55}
        />
      )}
      {other !== null && <path d={`M${x(other)} 6V17`} stroke="var(--run-2)" strokeWidth={2} />}
      <circle cx={x(valueMs)} cy={11.5} r={3} fill="var(--accent)" />
    </svg>
  );
}
