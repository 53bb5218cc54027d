import { queryOptions } from "@tanstack/react-query";
import { api } from "@/lib/api";
import { keys } from "@/lib/cache";
import { asked } from "@/lib/task";
import type { InspectSource } from "@/lib/view";

/** `base` is what the model came after. */
export const diffQuery = (base: InspectSource, source: InspectSource) =>
  queryOptions({
    queryKey: keys.graph(source, "diff", base),
    queryFn: ({ signal }) => asked("diff", signal, (taskId) => api.diffModels(base, source, taskId)),
    staleTime: 0,
    retry: false,
  });
