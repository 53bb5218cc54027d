// Operations of the nodes that ran, from the model's cost: only where the profiled inputs' dims are known for certain.
import { useQuery } from "@tanstack/react-query";
import { api, type ModelCost, type NodeProfile, type ProfileReport } from "@/lib/api";
import { wayKey } from "@/lib/nodeShares";
import { asked } from "@/lib/task";
import { type InspectSource, sourceKey } from "./source";

const costQuery = (source: InspectSource, dims: ModelCost["dims"], enabled: boolean) => ({
  queryKey: ["workspace", "never", "cost of a profile", sourceKey(source), dims] as const,
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    asked("cost", signal, (taskId) => api.modelCost(source, { dims }, taskId)),
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
  enabled,
});

/** The dims that the inputs of a profile had; null where they cannot be told. */
export function dimsOf(open: ModelCost["dims"], report: ProfileReport): ModelCost["dims"] | null {
  if (open.length === 0) return [];
  const [only] = open;
  if (open.length === 1 && only) return [{ ...only, value: report.batch }];
  // Generated inputs have 1 in every open dim but the first.
  const ones = report.batch === 1 && report.inputs.startsWith("generated");
  return ones ? open.map((dim) => ({ ...dim, value: 1 })) : null;
}

/** Operations by place of the node that ran; a node of which a part is not known has none. */
export function flopsOf(cost: ModelCost, nodes: readonly NodeProfile[]): ReadonlyMap<number, number> {
  const known = new Map<string, Map<number, number>>();
  for (const graph of cost.byGraph)
    known.set(wayKey(graph.way), new Map(graph.nodes.map((node, at) => [node, graph.flops[at] ?? 0])));
  const found = new Map<number, number>();
  for (const [at, node] of nodes.entries()) {
    const parts = node.origin.nodes.map((of) => known.get(wayKey(of.way))?.get(of.node));
    if (parts.length > 0 && parts.every((part) => part !== undefined))
      found.set(
        at,
        parts.reduce((sum: number, part) => sum + (part ?? 0), 0),
      );
  }
  return found;
}

export function useFlops(source: InspectSource, report: ProfileReport): ReadonlyMap<number, number> | null {
  const first = useQuery(costQuery(source, [], true));
  const dims = first.data ? dimsOf(first.data.dims, report) : null;
  const sized = useQuery(costQuery(source, dims ?? [], dims !== null));
  return dims !== null && sized.data ? flopsOf(sized.data, report.nodes) : null;
}
