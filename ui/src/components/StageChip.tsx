import { Anchor, Archive, CircleDashed, type LucideIcon, Ship } from "lucide-react";
import type { Stage } from "@/lib/api";
import { Chip, type Tone } from "./Chip";

export const STAGE_LOOK: Record<Stage, { icon: LucideIcon; tone: Tone }> = {
  None: { icon: CircleDashed, tone: "outline" },
  Staging: { icon: Anchor, tone: "accent" },
  Production: { icon: Ship, tone: "ok" },
  Archived: { icon: Archive, tone: "neutral" },
};

/** The stage of a version, everywhere the same icon and colour. */
export function StageChip({ stage }: { stage: Stage }) {
  const { icon, tone } = STAGE_LOOK[stage];
  return (
    <Chip tone={tone} icon={icon} data-testid="stage-chip">
      {stage}
    </Chip>
  );
}
