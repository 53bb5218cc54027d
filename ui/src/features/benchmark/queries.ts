import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, channel, type TaskProgress } from "@/lib/api";
import { useTask } from "@/lib/task";

export type BenchmarkInput = { name: string; version: number; durationMs: number; threads: number };

/** A benchmark with its progress and a way out; a cancelled run is not an error. */
export function useBenchmark() {
  const task = useTask();
  const [progress, setProgress] = useState<TaskProgress | null>(null);
  const mutation = useMutation({
    mutationFn: (input: BenchmarkInput) => {
      setProgress(null);
      return task.run("benchmark", (taskId) =>
        api.benchmarkModelVersion({ ...input, taskId }, channel<TaskProgress>(setProgress)),
      );
    },
  });
  // A measurement that nobody waits for only disturbs the next one.
  const stop = useRef(task.cancel);
  stop.current = task.cancel;
  useEffect(() => () => stop.current(), []);
  return { ...mutation, progress, cancel: task.cancel };
}
