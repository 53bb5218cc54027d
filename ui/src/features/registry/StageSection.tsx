import { ErrorLine } from "@/components/ErrorLine";
import type { DrydockError, LegalMove, ModelVersion, Stage } from "@/lib/api";
import { PromoteButton } from "./PromoteButton";
import { Section } from "./Section";
import { StageDiagram } from "./StageDiagram";

type Props = {
  version: ModelVersion;
  versions: readonly ModelVersion[];
  refusal: { version: number; to: Stage; error: DrydockError } | null;
  onDismiss: () => void;
  onMove: (move: LegalMove) => void;
};

/** Where the version stands, and the moves it may make now. */
export function StageSection({ version, versions, refusal, onDismiss, onMove }: Props) {
  return (
    <Section
      title={`Stage of v${version.version}`}
      sub={`legal moves from ${version.stage} are lit; any other move is refused and names these`}
    >
      {refusal && refusal.version === version.version && (
        <ErrorLine
          data-testid="illegal-move-error"
          title={`v${refusal.version} stays in ${version.stage}`}
          error={refusal.error}
          onDismiss={onDismiss}
        />
      )}
      <div className="flex flex-wrap items-start gap-x-6 gap-y-3">
        <div className="min-w-80 max-w-155 flex-[3_1_400px]">
          <StageDiagram version={version} versions={versions} />
        </div>
        <div className="min-w-46 flex-[1_1_184px]">
          <p className="pb-1.5 text-fg-3 text-label">
            {version.legalMoves.length > 0 ? "Legal now" : "No move is legal now"}
          </p>
          <div className="grid grid-cols-[repeat(auto-fit,minmax(176px,1fr))] gap-1.5">
            {version.legalMoves.map((move, index) => (
              <PromoteButton key={move.to} move={move} lead={index === 0} onPress={() => onMove(move)} />
            ))}
          </div>
        </div>
      </div>
    </Section>
  );
}
