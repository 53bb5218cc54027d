// What part of a whole each node of a model has: of its operations, of the time that a run took. A bench sets it, the graph
// shows it on its boxes.
import type { Way } from "./api";
import { signal } from "./signal";
import type { InspectSource } from "./view";

export type NodeShares = {
  source: InspectSource;
  /** What is shared out, as the graph names it: "FLOPs", "time". */
  of: string;
  /** From 0 to 1 for each node by its place in its graph; a node that is missing has none that is known. By `wayKey`. */
  graphs: ReadonlyMap<string, ReadonlyMap<number, number>>;
};

export const wayKey = (way: Way): string => JSON.stringify(way);

export const sameSource = (a: InspectSource, b: InspectSource): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What the graph shows now; null when it shows none. */
export const nodeShares = signal<NodeShares | null>(null);
