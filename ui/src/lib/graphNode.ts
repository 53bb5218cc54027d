// A node that a bench wants to be seen in the graph: the bench names it, the graph goes there and forgets it.
import { signal } from "./signal";
import type { InspectSource } from "./view";

type Wanted = { source: InspectSource; node: number };

export const wantedNode = signal<Wanted | null>(null);

/** By its place in the main graph. */
export const showNode = (source: InspectSource, node: number) => wantedNode.set({ source, node });
