// What an ensemble's figures are called, and what its trees give.
import type { EnsembleSummary, FollowedRow, LoggedColumns, TreeVote } from "@/lib/api";
import { EMPTY } from "@/lib/format";

/** The name of each feature: the model's own columns, else those that were logged, else its number. */
export function featureNames(ensemble: EnsembleSummary, logged: LoggedColumns): (feature: number) => string {
  const fits = (names: readonly string[]) => names.length >= ensemble.featuresNeeded;
  const names = fits(ensemble.columns)
    ? ensemble.columns
    : ensemble.takesModelInput && fits(logged.names)
      ? logged.names
      : [];
  return (feature) => names[feature] ?? `f${feature}`;
}

/** A threshold or weight without noise: floats carry about seven digits, five tell most of them apart. */
export const formatValue = (value: number | null | undefined, digits = 5) =>
  value == null ? EMPTY : String(Number(value.toPrecision(digits))).replaceAll("-", "−");

/** Classes by their labels, targets by number; one output has no name. */
export function targetName(ensemble: EnsembleSummary, target: number): string {
  return ensemble.labels[target] ?? (ensemble.targets === 1 ? "output" : `target ${target}`);
}

/** What a tree gives one output; null when it gives nothing. With one output the runtime takes a leaf's first weight. */
export function voteFor(ensemble: EnsembleSummary, votes: readonly TreeVote[], target: number): number | null {
  const given = ensemble.targets === 1 ? votes.slice(0, 1) : votes.filter((vote) => vote.target === target);
  if (given.length === 0) return null;
  const total = given.reduce((sum, vote) => sum + vote.weight, 0);
  return ensemble.aggregate === "AVERAGE" ? total / ensemble.trees.length : total;
}

/** The output that a row is looked at for first: the class it falls into. */
export function firstTarget(ensemble: EnsembleSummary, followed: FollowedRow): number {
  const voted = new Set(followed.path.trees.flatMap((tree) => tree.votes.map((vote) => vote.target)));
  const chosen = ensemble.labels.indexOf(followed.path.label ?? "");
  if (chosen >= 0 && voted.has(chosen)) return chosen;
  return voted.size > 0 ? Math.min(...voted) : 0;
}

export function agreement(followed: FollowedRow): string {
  if (!followed.equal) return "differs from the runtime";
  return followed.ulpsMax === 0 ? "equal to the bit" : "equal, last bit apart";
}
