import type { ModelVersion, Stage } from "@/lib/api";
import { MOVES, type Move, occupants, STAGES, standingText } from "./stages";

type Route = { path: string; labelX: number; labelY: number };

const NODE_X: Record<Stage, number> = { None: 14, Staging: 168, Production: 322, Archived: 476 };
const ROUTES: Record<string, Route> = {
  "None>Staging": { path: "M112 77H167", labelX: 140, labelY: 70 },
  "Staging>Production": { path: "M266 77H321", labelX: 294, labelY: 70 },
  "Production>Archived": { path: "M420 77H475", labelX: 448, labelY: 70 },
  "None>Archived": { path: "M63 56V34Q63 26 71 26H517Q525 26 525 34V55", labelX: 294, labelY: 20 },
  "Staging>None": { path: "M196 98V116Q196 122 190 122H84Q78 122 78 116V99", labelX: 137, labelY: 136 },
  "Production>Staging": { path: "M350 98V116Q350 122 344 122H240Q234 122 234 116V99", labelX: 292, labelY: 136 },
  "Archived>Staging": { path: "M525 98V140Q525 147 518 147H222Q215 147 215 140V99", labelX: 430, labelY: 141 },
};

/** The seven moves of the stage machine; the ones the server calls legal for this version are lit. */
export function StageDiagram({ version, versions }: { version: ModelVersion; versions: readonly ModelVersion[] }) {
  const standing = occupants(versions);
  const isLegal = (move: Move) =>
    move.from === version.stage && version.legalMoves.some((legal) => legal.to === move.to);
  // Lit arrows are drawn last, so that no grey one crosses over them.
  const drawn = [...MOVES].sort((a, b) => Number(isLegal(a)) - Number(isLegal(b)));
  const lit = version.legalMoves.map((move) => `${move.verb} to ${move.to}`).join(", ") || "none";
  return (
    <svg
      className="plot block w-full"
      data-testid="stage-diagram"
      viewBox="0 0 588 162"
      role="img"
      aria-label={`Stage of v${version.version}: ${version.stage}. Legal moves: ${lit}.`}
    >
      <defs>
        <Arrow id="stage-arrow" fill="var(--outline)" />
        <Arrow id="stage-arrow-lit" fill="var(--accent)" />
      </defs>
      {drawn.map((move) => (
        <MoveArrow key={`${move.from}>${move.to}`} move={move} lit={isLegal(move)} />
      ))}
      {STAGES.map((stage) => (
        <StageNode
          key={stage}
          stage={stage}
          here={stage === version.stage}
          text={standingText(standing[stage], version.version)}
        />
      ))}
    </svg>
  );
}

function Arrow({ id, fill }: { id: string; fill: string }) {
  return (
    <marker
      id={id}
      viewBox="0 0 8 8"
      refX="7"
      refY="4"
      markerWidth="7"
      markerHeight="7"
      markerUnits="userSpaceOnUse"
      orient="auto"
    >
      <path d="M1 1l6 3-6 3z" fill={fill} />
    </marker>
  );
}

function MoveArrow({ move, lit }: { move: Move; lit: boolean }) {
  const route = ROUTES[`${move.from}>${move.to}`];
  if (!route) return null;
  return (
    <g data-move={`${move.from}>${move.to}`} data-lit={lit}>
      <path
        d={route.path}
        fill="none"
        stroke={lit ? "var(--accent)" : "var(--outline)"}
        strokeWidth={lit ? 1.75 : 1}
        opacity={lit ? 1 : 0.75}
        markerEnd={`url(#stage-arrow${lit ? "-lit" : ""})`}
      />
      <text
        x={route.labelX}
        y={route.labelY}
        textAnchor="middle"
        style={lit ? { fill: "var(--accent)", fontWeight: 500 } : undefined}
      >
        {move.verb}
      </text>
    </g>
  );
}

function StageNode({ stage, here, text }: { stage: Stage; here: boolean; text: { lead: string; more: string } }) {
  const x = NODE_X[stage];
  return (
    <g>
      <rect x={x} y={56} width={98} height={42} rx={6} fill="var(--raised)" />
      <rect
        x={x}
        y={56}
        width={98}
        height={42}
        rx={6}
        fill={here ? "var(--accent-weak)" : "none"}
        stroke={here ? "var(--accent)" : "var(--line)"}
        strokeWidth={here ? 1.5 : 1}
      />
      <text x={x + 12} y={74} style={{ fill: "var(--text)", fontWeight: 600, fontSize: 12 }}>
        {stage}
      </text>
      <text x={x + 12} y={89} className="mono" style={here ? { fill: "var(--accent)" } : undefined}>
        {text.lead}
      </text>
      <text x={x + 88} y={89} textAnchor="end">
        {text.more}
      </text>
    </g>
  );
}
