import { ChevronDown } from "lucide-react";
import { Menu } from "@/components/Menu";
import { STAGE_LOOK, StageChip } from "@/components/StageChip";
import type { LegalMove, ModelVersion, Stage } from "@/lib/api";
import { STAGES } from "./stages";

/**
 * The stage of a version; its menu lists all four stages and says which moves are legal. Whatever is chosen is asked about
 * first, and the server has the last word.
 */
export function StageMenu({ version, onStage }: { version: ModelVersion; onStage: (to: Stage) => void }) {
  const entries = STAGES.map((stage) => {
    const legal = version.legalMoves.find((move) => move.to === stage);
    const here = stage === version.stage;
    return {
      label: stage,
      icon: STAGE_LOOK[stage].icon,
      detail: here ? "stands here" : legal ? wordOf(legal) : `not legal from ${version.stage}`,
      disabled: here,
      testId: `stage-option-${stage.toLowerCase()}`,
      onSelect: () => onStage(stage),
    };
  });
  return (
    <Menu
      minWidth={240}
      trigger={
        <button
          type="button"
          data-testid="stage-menu"
          aria-label={`Stage of v${version.version}: ${version.stage}`}
          onClick={(event) => event.stopPropagation()}
          className="group inline-flex h-[23px] max-w-full items-center gap-0.5 rounded"
        >
          <StageChip stage={version.stage} />
          <ChevronDown
            size={11}
            className="text-fg-3 opacity-0 group-hover:opacity-100 group-focus-visible:opacity-100"
          />
        </button>
      }
      entries={[{ heading: `Move v${version.version} to` }, ...entries]}
    />
  );
}

const wordOf = (move: LegalMove) => (move.lifecycle ? move.verb : `${move.verb}, outside the lifecycle`);
