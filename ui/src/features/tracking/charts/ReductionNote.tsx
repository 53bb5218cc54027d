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
  return (
    <footer
      data-testid="reduction-note"
      className="tnum flex min-h-6 flex-none flex-wrap items-center gap-x-4 whitespace-nowrap border-line py-0.5 border-t bg-app px-3 text-fg-3 text-label"
    >
      {points > 0 && (
        <span className="flex items-center gap-2">
          <Info size={12} aria-hidden />
          {reduced
            ? `${formatInteger(kept)} of ${formatInteger(points)} points; every extreme kept`
            : `${formatInteger(points)} points, all drawn`}
        </span>
      )}
      {zoomed.length > 0 && (
        <span data-testid="zoom-note" className="text-fg-2">
          {`in view ${formatInteger(inView)} points, ${
            zoomed.some((part) => part.reduced) ? "every extreme kept" : "each as it was logged"
          }; double click resets`}
        </span>
      )}
      <span>
        {formatInteger(charts)} of {formatInteger(metrics)} metrics
      </span>
      <span className="ml-auto">
        {formatInteger(drawn)} of {formatInteger(chosen)} runs drawn
      </span>
    </footer>
  );
}
