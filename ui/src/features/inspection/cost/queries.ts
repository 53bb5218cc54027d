import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, type DimSetting } from "@/lib/api";
import { keys } from "@/lib/cache";
import { signal } from "@/lib/signal";
import { asked } from "@/lib/task";
import type { InspectSource } from "@/lib/view";

export const costQuery = (source: InspectSource, dims: readonly DimSetting[]) =>
  queryOptions({
    queryKey: keys.graph(source, "cost", dims),
    queryFn: ({ signal: stop }) => asked("cost", stop, (taskId) => api.modelCost(source, { dims: [...dims] }, taskId)),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
    retry: false,
    // Of a large graph it is megabytes.
    gcTime: 60_000,
  });

/** Has the shapes of all tensors inferred: the nodes of the graph tell them from then on. */
export const shapesQuery = (source: InspectSource) =>
  queryOptions({
    queryKey: keys.graph(source, "shapes", null),
    queryFn: ({ signal: stop }) => asked("shapes", stop, (taskId) => api.inferShapes(source, taskId)),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });

export const ceilingQuery = () =>
  queryOptions({
    queryKey: keys.ceiling(),
    queryFn: ({ signal: stop }) => asked("ceiling", stop, (taskId) => api.machineCeiling(false, taskId)),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });

/** The values of open dims that are counted with, of the model that was looked at last; the others are 1. */
export const chosenDims = signal<{ source: InspectSource; dims: readonly DimSetting[] } | null>(null);
export const NO_DIMS: readonly DimSetting[] = [];
