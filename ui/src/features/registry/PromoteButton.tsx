import { Anchor, Archive, CircleDashed, type LucideIcon, Ship, Undo2 } from "lucide-react";
import type { LegalMove } from "@/lib/api";
import { cx } from "@/lib/cx";
import { moveLabel } from "./stages";

const ICON: Record<LegalMove["to"], LucideIcon> = {
  None: CircleDashed,
  Staging: Anchor,
  Production: Ship,
  Archived: Archive,
};

const CONSEQUENCE: Record<LegalMove["to"], string> = {
  None: "may be promoted again",
  Staging: "stage only, starts nothing",
  Production: "stage only, endpoints stay",
  Archived: "restorable to Staging",
};

type Props = { move: LegalMove; lead: boolean; onPress: () => void };

/** One legal move. It asks for a reason before anything changes. */
export function PromoteButton({ move, lead, onPress }: Props) {
  const Icon = move.verb === "Rollback" ? Undo2 : ICON[move.to];
  return (
    <button
      type="button"
      onClick={onPress}
      data-testid={`${move.verb}-${move.to}`.toLowerCase()}
      className={cx(
        "flex w-full items-center gap-2.5 rounded-card border bg-panel px-2.5 py-1.5 text-left hover:bg-hover",
        lead ? "border-accent" : "border-line",
      )}
    >
      <Icon size={14} className={lead ? "text-accent" : "text-fg-2"} aria-hidden />
      <span className="min-w-0">
        <b className="block truncate font-medium">{moveLabel(move)}</b>
        <span className="block truncate text-fg-3 text-label">
          {move.lifecycle ? CONSEQUENCE[move.to] : "outside the lifecycle"}
        </span>
      </span>
    </button>
  );
}
