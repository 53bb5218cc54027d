import { queryOptions } from "@tanstack/react-query";
import { api, type SceneView, type Way } from "@/lib/api";
import { keys } from "@/lib/cache";
import { asked } from "@/lib/task";
import type { InspectSource } from "@/lib/view";
import { readScene } from "./scene";

export const sceneQuery = (source: InspectSource, view: SceneView) =>
  queryOptions({
    queryKey: keys.graph(source, "scene", view),
    queryFn: async () => readScene(await api.drawModel(source, view)),
    staleTime: Number.POSITIVE_INFINITY,
    // A layout of a large graph takes megabytes.
    gcTime: 30_000,
  });

/** `inferred`: the shapes are there, so that the node tells more than it did before. */
export const nodeQuery = (source: InspectSource, way: Way, node: number, inferred: boolean) =>
  queryOptions({
    queryKey: keys.graph(source, "node", [way, node, inferred]),
    queryFn: () => api.modelNode(source, way, node),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const weightQuery = (source: InspectSource, way: Way, tensor: string) =>
  queryOptions({
    queryKey: keys.graph(source, "weight", [way, tensor]),
    queryFn: ({ signal }) => asked("weight", signal, (taskId) => api.weightReport(source, way, tensor, taskId)),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });

export const searchQuery = (source: InspectSource, query: string) =>
  queryOptions({
    queryKey: keys.graph(source, "search", query),
    queryFn: () => api.searchModel(source, query),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
