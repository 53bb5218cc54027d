import { Info } from "lucide-react";
import { formatInteger } from "@/lib/format";
import type { Reduction } from "./series";

type Props = { reductions: readonly Reduction[]; charts: number; metrics: number; drawn: number; chosen: number };

/** What the charts leave out, in figures: nothing is dropped without saying so. */
export function ReductionNote({ reductions, charts, metrics, drawn, chosen }: Props) {
  const points = reductions.reduce((sum, each) => sum + each.points, 0);
  const kept = reductions.reduce((sum, each) => sum + each.drawn, 0);
  const reduced = reductions.some((each) => each.reduced);
  return (
    <footer
      data-testid="reduction-note"
      className="tnum flex min-h-6 flex-none flex-wrap items-center gap-x-4 whitespace-nowrap border-line py-0.5 border-t bg-app px-3 text-fg-3 text-label"
    >
      {points > 0 && (
        <span className="flex items-center gap-2">
          <Info size={12} aria-hidden />
          {reduced
            ? `${formatInteger(points)} points → ${formatInteger(kept)} drawn, min/max kept`
            : `${formatInteger(points)} points, all drawn`}
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
