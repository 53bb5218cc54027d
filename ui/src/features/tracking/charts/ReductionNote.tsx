import { Info } from "lucide-react";
import { formatInteger } from "@/lib/format";
import type { Reduction } from "./series";

type Props = { reductions: readonly Reduction[]; charts: number; metrics: number; drawn: number; chosen: number };

/** What the charts leave out, in figures: nothing is dropped without saying so. */
export function ReductionNote({ reductions, charts, metrics, drawn, chosen }: Props) {
  const points = reductions.reduce((sum, each) => sum + each.points, 0);
  const kept = reductions.reduce((sum, each) => sum + each.drawn, 0);
  const reduced = reductions.some((each) => each.reduced);
  const zoomed = reductions.flatMap((each) => each.zoomed ?? []);
  const inView = zoomed.reduce((sum, part) => sum + part.drawn, 0);
  const whole = reduced
    ? `${formatInteger(kept)} of ${formatInteger(points)} points; every extreme kept`
    : `${formatInteger(points)} points, all drawn`;
  return (
    <footer
      data-testid="reduction-note"
      className="tnum flex h-6 flex-none items-center gap-x-4 whitespace-nowrap border-line border-t bg-app px-3 text-fg-3 text-label"
    >
      {points > 0 && (
        <span className="flex min-w-0 items-center gap-2">
          <Info size={12} className="flex-none" aria-hidden />
          {/* One line, whatever it says: a second one would move every chart. */}
          {zoomed.length > 0 ? (
            <span data-testid="zoom-note" className="truncate text-fg-2" title={whole}>
              {`${formatInteger(inView)} points in view, ${
                zoomed.some((part) => part.reduced) ? "every extreme kept" : "each as it was logged"
              }; double click resets`}
            </span>
          ) : (
            <span className="truncate" title={whole}>
              {whole}
            </span>
          )}
        </span>
      )}
      <span className={zoomed.length > 0 ? "sr-only" : undefined}>
        {formatInteger(charts)} of {formatInteger(metrics)} metrics
      </span>
      <span className="ml-auto">
        {formatInteger(drawn)} of {formatInteger(chosen)} runs drawn
      </span>
    </footer>
  );
}
