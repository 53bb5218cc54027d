import type { LegalMove, ModelVersion } from "@/lib/api";
import { PromoteButton } from "./PromoteButton";
import { Section } from "./Section";
import { StageDiagram } from "./StageDiagram";

type Props = {
  version: ModelVersion;
  versions: readonly ModelVersion[];
  onMove: (move: LegalMove) => void;
};

/** Where the version stands, and the moves it may make now. */
export function StageSection({ version, versions, onMove }: Props) {
  const outside = version.legalMoves.some((move) => !move.lifecycle);
  return (
    <Section
      title={`Stage of v${version.version}`}
      sub={
        outside
          ? `the lifecycle's moves from ${version.stage} are lit; this workspace allows the others too, with a reason`
          : `legal moves from ${version.stage} are lit; any other move is refused and names these`
      }
    >
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
