import { queryOptions } from "@tanstack/react-query";
import { api } from "@/lib/api";
import { keys } from "@/lib/cache";
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
