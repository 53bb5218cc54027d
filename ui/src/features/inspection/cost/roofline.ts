// Where the nodes of a model stand under what this machine reaches (Williams, Waterman and Patterson, "Roofline", 2009).
import type { MachineCeiling, ModelCost, NodeCost } from "@/lib/api";
import { intensity } from "./words";

export type Spot = {
  op: string;
  domain: string;
  /** Operations a byte. */
  intensity: number;
  /** What the machine can reach there, operations a second. */
  reachable: number;
  flops: number;
  memoryBound: boolean;
};

/** One spot for each operator: its nodes differ little, and thousands of spots would hide each other. */
export function spots(cost: ModelCost, ceiling: MachineCeiling): Spot[] {
  return cost.ops
    .filter((op) => op.flops > 0 && op.bytes > 0)
    .map((op) => ({ op: op.op, domain: op.domain, ...reach(op.flops / op.bytes, ceiling), flops: op.flops }));
}

export function reach(at: number, ceiling: MachineCeiling) {
  const memoryBound = at < ceiling.ridgeFlopsPerByte;
  return { intensity: at, reachable: Math.min(ceiling.flopsPerS, at * ceiling.bytesPerS), memoryBound };
}

/** The least time that a node can take on this machine, ms; null where its work or its bytes are not known. */
export function leastMs(node: NodeCost, ceiling: MachineCeiling): number | null {
  if (node.flops === null || node.bytesRead === null || node.bytesWritten === null) return null;
  const moving = (node.bytesRead + node.bytesWritten) / ceiling.bytesPerS;
  return Math.max(node.flops / ceiling.flopsPerS, moving) * 1000;
}

export const nodeIntensity = (node: NodeCost) => intensity(node.flops, node.bytesRead, node.bytesWritten);

/** Whole powers of ten around all of them. */
export function decades(values: readonly number[]): [number, number] {
  const logs = values.filter((value) => value > 0).map(Math.log10);
  const low = Math.floor(Math.min(...logs, 0));
  const high = Math.ceil(Math.max(...logs, 1));
  return [low, Math.max(high, low + 1)];
}
