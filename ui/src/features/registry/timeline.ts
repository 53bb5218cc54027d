import type { ModelVersion, Stage, StageTransition } from "@/lib/api";

export type Span = { stage: Stage; fromMs: number; toMs: number };
export type VersionHistory = { version: number; spans: Span[] };

/**
 * Rebuilds who stood where, from the recorded transitions alone: each version starts in None when it is registered
 * and its last span runs until now. A version that was deleted since keeps the spans of its moves. Newest version first.
 */
export function histories(
  versions: readonly ModelVersion[],
  transitions: readonly StageTransition[],
  nowMs: number,
): VersionHistory[] {
  const standing = new Map(versions.map((version) => [version.version, version]));
  const numbers = new Set([...standing.keys(), ...transitions.map((transition) => transition.version)]);
  return [...numbers]
    .sort((a, b) => b - a)
    .map((number) => {
      const version = standing.get(number);
      const moves = transitions.filter((transition) => transition.version === number).sort((a, b) => a.atMs - b.atMs);
      const spans: Span[] = [];
      let fromMs = version?.createdAtMs ?? moves[0]?.atMs ?? nowMs;
      let stage: Stage = moves[0]?.from ?? version?.stage ?? "None";
      for (const move of moves) {
        if (version || move.atMs > fromMs) spans.push({ stage, fromMs, toMs: move.atMs });
        fromMs = move.atMs;
        stage = move.to;
      }
      if (version) spans.push({ stage, fromMs, toMs: Math.max(nowMs, fromMs) });
      return { version: number, spans };
    });
}

/** Every version that stood in Production at that moment; several may, so all are named. */
export function productionAt(rows: readonly VersionHistory[], atMs: number): number[] {
  return rows
    .filter((row) => row.spans.some((span) => span.stage === "Production" && span.fromMs <= atMs && atMs <= span.toMs))
    .map((row) => row.version);
}

export function everInProduction(rows: readonly VersionHistory[]): boolean {
  return rows.some((row) => row.spans.some((span) => span.stage === "Production"));
}

/** Rows worth drawing: those that ever left None; the rest would be empty lines. */
export function stagedRows(rows: readonly VersionHistory[]): VersionHistory[] {
  return rows.filter((row) => row.spans.some((span) => span.stage !== "None"));
}

const MINUTE = 60_000;
const STEPS_MS = [
  1000,
  5000,
  15_000,
  30_000,
  MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  60 * MINUTE,
  3 * 60 * MINUTE,
  6 * 60 * MINUTE,
  12 * 60 * MINUTE,
  ...[1, 2, 7, 14, 30, 60, 91, 182, 365, 730].map((days) => days * 24 * 60 * MINUTE),
];

/** At most `count` round marks between two moments, with a label that is as coarse as the spacing allows. */
export function timeTicks(fromMs: number, toMs: number, count: number): { atMs: number; label: string }[] {
  const span = Math.max(toMs - fromMs, 1);
  const step = STEPS_MS.find((candidate) => span / candidate <= count) ?? STEPS_MS[STEPS_MS.length - 1] ?? span;
  const label = new Intl.DateTimeFormat("en-GB", {
    timeZone: "UTC",
    ...(step >= 24 * 60 * MINUTE
      ? ({ day: "numeric", month: "short" } as const)
      : ({ hour: "2-digit", minute: "2-digit", second: step < MINUTE ? "2-digit" : undefined } as const)),
  });
  const ticks: { atMs: number; label: string }[] = [];
  for (let atMs = Math.ceil(fromMs / step) * step; atMs <= toMs; atMs += step)
    ticks.push({ atMs, label: label.format(atMs) });
  return ticks;
}
