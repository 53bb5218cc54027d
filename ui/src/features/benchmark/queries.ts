import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import {
  api,
  type BenchmarkReport,
  type BenchmarkSettings,
  channel,
  type ModelSource,
  type TaskProgress,
} from "@/lib/api";
import { modelQuery } from "@/lib/queries";
import { useTask } from "@/lib/task";

export type BenchmarkAsk = {
  source: ModelSource;
  settings: BenchmarkSettings;
  against: { source: ModelSource; margin: number | null } | null;
};

/** A benchmark with its progress and a way out; a cancelled run is not an error. */
export function useBenchmark() {
  const task = useTask();
  const [progress, setProgress] = useState<TaskProgress | null>(null);
  const mutation = useMutation({
    mutationFn: (ask: BenchmarkAsk) => {
      setProgress(null);
      return task.run("benchmark", (taskId) =>
        api.benchmarkModel({ ...ask, taskId }, channel<TaskProgress>(setProgress)),
      );
    },
  });
  // A measurement that nobody waits for only disturbs the next one.
  const stop = useRef(task.cancel);
  stop.current = task.cancel;
  useEffect(() => () => stop.current(), []);
  return { ...mutation, progress, cancel: task.cancel };
}

/** The other versions of a registered model, the newest first; none for a file. */
export function useOtherVersions(source: ModelSource): number[] {
  const name = "name" in source ? source.name : "";
  const { data } = useQuery({ ...modelQuery(name), enabled: name !== "" });
  if (!data || !("name" in source)) return [];
  const versions = data.versions.map((each) => each.version);
  return versions.filter((version) => version !== source.version).sort((a, b) => b - a);
}

/** Holds a report against one that was saved; the shell asks which. */
export function useBaseline() {
  return useMutation({ mutationFn: (report: BenchmarkReport) => api.compareWithBaseline(report) });
}
