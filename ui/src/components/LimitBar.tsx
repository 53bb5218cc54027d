import type { Gauge } from "@/lib/api";
import { cx } from "@/lib/cx";

type Props = { gauge: Gauge; broken?: boolean };

/** A measured number on a scale from zero, the bounds between which the truth lies, and its limit as a tick. */
export function LimitBar({ gauge, broken = false }: Props) {
  const { value, limit } = gauge;
  const low = gauge.low ?? value;
  const high = gauge.high ?? value;
  const top = Math.max(value, limit, high, 0) * 1.12;
  const bottom = Math.min(value, limit, low, 0) * 1.12;
  const reach = top > bottom ? top - bottom : 1;
  const at = (x: number) => `${(((x - bottom) / reach) * 100).toFixed(2)}%`;
  const span = (from: number, to: number) => ({
    left: at(from),
    width: `${(((to - from) / reach) * 100).toFixed(2)}%`,
  });
  return (
    <span aria-hidden data-testid="limit-bar" className="relative block h-3.5 w-full">
      <i className="absolute inset-x-0 top-[5px] h-1 rounded-[2px] bg-muted opacity-60" />
      <i
        style={span(Math.min(0, value), Math.max(0, value))}
        className={cx("absolute top-[5px] h-1 rounded-[2px]", broken ? "bg-bad" : "bg-accent")}
      />
      {high > low && <i style={span(low, high)} className="absolute top-[6px] h-0.5 min-w-0.5 bg-fg" />}
      <i style={{ left: at(limit) }} className="absolute top-0 h-3.5 w-px bg-fg" />
    </span>
  );
}
