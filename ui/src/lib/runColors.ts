// A run keeps its colour wherever it appears: table, panel, charts, and the versions made from it.
import { useCallback, useEffect } from "react";
import { persistent, useValue } from "./persist";

const PALETTE = 8;
const SOLID: readonly number[] = [];
const DASHES: readonly (readonly number[])[] = [SOLID, [6, 3], [2, 3], [8, 3, 2, 3]];
const REMEMBERED = 2000;

const slots = persistent<Record<string, number>>("runColors", {}, { perWorkspace: true });

/**
 * Gives each newly drawn run a place in the palette: the first that no run drawn now has. A run that had a place
 * before keeps it unless another drawn run holds it.
 */
export function assignColors(drawn: readonly string[], known: Record<string, number>): Record<string, number> {
  const taken = new Set<number>();
  const next = { ...known };
  let changed = false;
  for (const runId of drawn) {
    const slot = next[runId];
    if (slot !== undefined && !taken.has(slot)) {
      taken.add(slot);
      continue;
    }
    const held = new Set(drawn.map((each) => next[each]));
    let free = 0;
    while (taken.has(free) || (held.has(free) && next[runId] !== free)) free += 1;
    next[runId] = free;
    taken.add(free);
    changed = true;
  }
  if (!changed) return known;
  const entries = Object.entries(next);
  return entries.length > REMEMBERED ? Object.fromEntries(entries.slice(-REMEMBERED)) : next;
}

/** Gives the drawn runs their places, again when another workspace brings other ones. */
export function useClaimedColors(drawn: readonly string[]): void {
  const known = useValue(slots);
  const identity = drawn.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the joined ids stand for the list
  useEffect(() => {
    const next = assignColors(drawn, known);
    if (next !== known) slots.set(next);
  }, [identity, known]);
}

export type RunStyle = { color: string; dash: readonly number[] };

/** From the ninth run on, the palette repeats with dashes. */
export function runStyle(slot: number | undefined): RunStyle {
  if (slot === undefined) return { color: "var(--muted)", dash: SOLID };
  return {
    color: `var(--run-${(slot % PALETTE) + 1})`,
    dash: DASHES[Math.floor(slot / PALETTE) % DASHES.length] ?? SOLID,
  };
}

/** The style of every run that has been drawn. */
export function useRunColors(): (runId: string) => RunStyle {
  const known = useValue(slots);
  return useCallback((runId) => runStyle(known[runId]), [known]);
}
