import type { LegalMove, ModelVersion, Stage } from "@/lib/api";

export type Verb = LegalMove["verb"];
export type Move = { from: Stage; to: Stage; verb: Verb };

export const STAGES: readonly Stage[] = ["None", "Staging", "Production", "Archived"];

/** The whole machine, as the server enforces it. Which of these are legal now is the server's answer, never computed here. */
export const MOVES: readonly Move[] = [
  { from: "None", to: "Staging", verb: "Promote" },
  { from: "Staging", to: "Production", verb: "Promote" },
  { from: "Production", to: "Archived", verb: "Archive" },
  { from: "None", to: "Archived", verb: "Archive" },
  { from: "Staging", to: "None", verb: "Demote" },
  { from: "Production", to: "Staging", verb: "Rollback" },
  { from: "Archived", to: "Staging", verb: "Restore" },
];

/** What a move is called that the lifecycle does not have. */
const VERB_OUTSIDE: Record<Stage, Verb> = {
  None: "Demote",
  Staging: "Promote",
  Production: "Promote",
  Archived: "Archive",
};

/** The move to a stage as the dialog asks for it: the server's own, or one that it is going to judge. */
export function moveTo(version: ModelVersion, to: Stage): LegalMove {
  const legal = version.legalMoves.find((move) => move.to === to);
  return legal ?? { to, verb: VERB_OUTSIDE[to], lifecycle: false };
}

/** "Promote to Staging", "Archive": what a button that makes this move says. */
export function moveLabel(move: LegalMove): string {
  if (move.verb === "Archive") return "Archive";
  return `${move.verb === "Rollback" ? "Roll back" : move.verb} to ${move.to}`;
}

/** Versions standing in each stage, newest first. */
export function occupants(versions: readonly ModelVersion[]): Record<Stage, number[]> {
  const standing: Record<Stage, number[]> = { None: [], Staging: [], Production: [], Archived: [] };
  for (const version of versions) standing[version.stage].push(version.version);
  for (const stage of STAGES) standing[stage].sort((a, b) => b - a);
  return standing;
}

/** One line for a diagram node: the selected version first, then how many stand beside it. */
export function standingText(standing: readonly number[], selected: number): { lead: string; more: string } {
  if (standing.length === 0) return { lead: "empty", more: "" };
  const lead = standing.includes(selected) ? selected : standing[0];
  return { lead: `v${lead}`, more: standing.length > 1 ? `${standing.length - 1} more` : "" };
}
