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
