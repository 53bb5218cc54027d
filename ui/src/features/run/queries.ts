import { infiniteQueryOptions, queryOptions, useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, channel, type KeptRun, type RunModelInput, type TaskProgress } from "@/lib/api";
import { signal, useSignal } from "@/lib/signal";
import { useTask } from "@/lib/task";
import type { InspectSource } from "@/lib/view";

export const sourceKey = (source: InspectSource): string => JSON.stringify(source);

export const setupQuery = (source: InspectSource) =>
  queryOptions({ queryKey: ["run-setup", sourceKey(source)], queryFn: () => api.runSetup(source), staleTime: 60_000 });

export const dataLookQuery = (source: InspectSource, file: string) =>
  queryOptions({
    queryKey: ["run-data", sourceKey(source), file],
    queryFn: () => api.lookAtRunData(source, file),
    retry: false,
  });

/** Rows that are fetched at a time, and columns that are shown at all. */
export const PAGE_ROWS = 200;
export const COLUMNS_MAX = 64;

export const outputQuery = (runId: string, output: string, rows: number) =>
  infiniteQueryOptions({
    queryKey: ["run-output", runId, output],
    initialPageParam: 0,
    queryFn: ({ pageParam }) => api.readRunOutput(runId, output, pageParam, PAGE_ROWS, 0, COLUMNS_MAX),
    getNextPageParam: (last) => {
      const next = last.firstRow + last.rows.length;
      return last.rows.length > 0 && next < rows ? next : undefined;
    },
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });

export type RunAsked = Omit<RunModelInput, "taskId">;

/** The last run of each model: a look at another bench must not throw it away. */
const kept = signal<ReadonlyMap<string, KeptRun>>(new Map());

export const useKeptRun = (source: InspectSource): KeptRun | undefined => useSignal(kept).get(sourceKey(source));

/** A run with its progress and a way out. */
export function useRunModel(source: InspectSource) {
  const task = useTask();
  const [progress, setProgress] = useState<TaskProgress | null>(null);
  const mutation = useMutation({
    mutationFn: (asked: RunAsked) => {
      setProgress(null);
      return task.run("run", (taskId) =>
        api.runModel(source, { ...asked, taskId }, channel<TaskProgress>(setProgress)),
      );
    },
    onSuccess: (run) => kept.set(new Map(kept.get()).set(sourceKey(source), run)),
  });
  // Outputs that nobody waits for are not worth a processor.
  const stop = useRef(task.cancel);
  stop.current = task.cancel;
  useEffect(() => () => stop.current(), []);
  return { ...mutation, progress, cancel: task.cancel };
}

export const useSaveOutputs = () =>
  useMutation({
    mutationFn: ({ runId, extension }: { runId: string; extension: string }) => api.saveRunOutputs(runId, extension),
  });
