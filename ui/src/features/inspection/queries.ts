import { queryOptions } from "@tanstack/react-query";
import { api, channel } from "@/lib/api";
import { keys } from "@/lib/cache";
import { asked } from "@/lib/task";
import type { InspectSource } from "@/lib/view";

export const inspectionQuery = (source: InspectSource) =>
  queryOptions({
    queryKey: keys.inspection(source),
    queryFn: () =>
      "file" in source
        ? api.inspectArtifact(source.file)
        : "path" in source
          ? api.inspectFile(source.path)
          : api.inspectModelVersion(source),
    // A file on disk may change between two openings, and reading it costs milliseconds.
    staleTime: 0,
  });

/** The numbers of all weights; `told` hears the share that is read. */
export const surveyQuery = (source: InspectSource, told: (done: number) => void) =>
  queryOptions({
    queryKey: keys.graph(source, "survey", null),
    queryFn: ({ signal }) =>
      asked("survey", signal, (taskId) =>
        api.surveyWeights(
          source,
          taskId,
          channel((step) => told(step.fraction ?? 0)),
        ),
      ),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });

export const compatibilityQuery = (source: InspectSource) =>
  queryOptions({
    queryKey: keys.graph(source, "compatibility", null),
    queryFn: ({ signal }) => asked("compat", signal, (taskId) => api.modelCompatibility(source, taskId)),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
