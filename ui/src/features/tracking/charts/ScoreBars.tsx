import type { Run } from "@/lib/api";
import { cx } from "@/lib/cx";
import { columnDigits, formatReading, fullReading, readingNumber } from "@/lib/format";
import { useRunColors } from "@/lib/runColors";
import { useSignal } from "@/lib/signal";
import { hoveredRun } from "../state";
import { metricOf } from "../table/columns";

/** A metric that each run logged once, as bars from zero. */
export function ScoreBars({ metric, runs }: { metric: string; runs: readonly Run[] }) {
  const colorOf = useRunColors();
  const hovered = useSignal(hoveredRun);
  const scored = runs.flatMap((run) => {
    const latest = metricOf(run, metric)?.latest;
    return latest === undefined ? [] : { run, latest };
  });
  const digits = columnDigits(scored.map(({ latest }) => latest));
  const finite = scored.map(({ latest }) => Math.abs(readingNumber(latest))).filter(Number.isFinite);
  const largest = Math.max(...finite, 0) || 1;
  return (
    <ul className="tnum min-h-0 flex-1 overflow-y-auto px-2.5 pb-2" onMouseLeave={() => hoveredRun.set(null)}>
      {scored.map(({ run, latest }) => {
        const size = Math.abs(readingNumber(latest)) / largest;
        const lit = hovered === run.runId;
        return (
          <li
            key={run.runId}
            onMouseEnter={() => hoveredRun.set(run.runId)}
            title={`${run.name}: ${fullReading(latest)}`}
            className={cx(
              "grid h-6 grid-cols-[minmax(60px,46%)_1fr_minmax(56px,auto)] items-center gap-2",
              lit ? "font-medium text-fg" : "text-fg-2",
              hovered !== null && !lit && "opacity-50",
            )}
          >
            <span className="truncate">{run.name}</span>
            <span className="h-1.5 rounded-[3px] bg-hover">
              {Number.isFinite(size) && (
                <i
                  aria-hidden
                  className="block h-full rounded-[3px]"
                  style={{ width: `${size * 100}%`, background: colorOf(run.runId).color }}
                />
              )}
            </span>
            <span className="text-right">{formatReading(latest, digits)}</span>
          </li>
        );
      })}
    </ul>
  );
}
