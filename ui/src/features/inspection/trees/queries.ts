import { queryOptions } from "@tanstack/react-query";
import { api, type EnsemblePlace, type FollowRowRequest } from "@/lib/api";
import { keys } from "@/lib/cache";
import { asked } from "@/lib/task";
import type { InspectSource } from "@/lib/view";

export const ensemblesQuery = (source: InspectSource) =>
  queryOptions({
    queryKey: keys.graph(source, "ensembles", null),
    queryFn: () => api.listEnsembles(source),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const treeQuery = (source: InspectSource, place: EnsemblePlace, tree: number) =>
  queryOptions({
    queryKey: keys.graph(source, "tree", [place, tree]),
    queryFn: () => api.readTree(source, place, tree),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });

export const followQuery = (source: InspectSource, request: FollowRowRequest) =>
  queryOptions({
    queryKey: keys.graph(source, "followed row", request),
    queryFn: ({ signal }) => asked("follow", signal, (taskId) => api.followTreeRow(source, request, taskId)),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
