// A profile as the graph shows it: what part of the time each node of the file took.
import type { ProfileReport } from "@/lib/api";
import { type NodeShares, wayKey } from "@/lib/nodeShares";
import type { InspectSource } from "@/lib/view";

/** A node that stands for several of the file gives each its part: how much each took, nobody knows. */
export function timeShares(source: InspectSource, report: ProfileReport): NodeShares {
  const graphs = new Map<string, Map<number, number>>();
  for (const node of report.nodes) {
    const { nodes } = node.origin;
    for (const of of nodes) {
      const key = wayKey(of.way);
      const graph = graphs.get(key) ?? new Map<number, number>();
      graph.set(of.node, (graph.get(of.node) ?? 0) + node.share / nodes.length);
      graphs.set(key, graph);
    }
    // A node with a body shows the time of its body too.
    let holder = node.within;
    while (holder !== null) {
      const held = report.nodes[holder];
      const at = held?.origin.nodes[0];
      if (at && held.origin.nodes.length === 1) {
        const graph = graphs.get(wayKey(at.way));
        graph?.set(at.node, (graph.get(at.node) ?? 0) + node.share);
      }
      holder = held?.within ?? null;
    }
  }
  return { source, of: "time", graphs };
}

/** Part of the time whose nodes are not nodes of the file. */
export const unmatchedShare = (report: ProfileReport): number =>
  report.nodes.filter((node) => node.origin.nodes.length === 0).reduce((sum, node) => sum + node.share, 0);
