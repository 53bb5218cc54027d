import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, channel, type TaskProgress } from "@/lib/api";

export type BenchmarkInput = { name: string; version: number; durationMs: number; threads: number };

/** A benchmark with its progress and a way out; a cancelled run is not an error. */
export function useBenchmark() {
  const taskId = useRef<string | null>(null);
  const [progress, setProgress] = useState<TaskProgress | null>(null);
  const mutation = useMutation({
    mutationFn: (input: BenchmarkInput) => {
      const id = `benchmark-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
      taskId.current = id;
      setProgress(null);
      return api.benchmarkModelVersion({ ...input, taskId: id }, channel<TaskProgress>(setProgress));
    },
    onSettled: () => {
      taskId.current = null;
    },
  });
  const cancel = () => {
    if (taskId.current) void api.cancelTask(taskId.current);
  };
  // A measurement that nobody waits for only disturbs the next one.
  useEffect(
    () => () => {
      if (taskId.current) void api.cancelTask(taskId.current);
    },
    [],
  );
  return { ...mutation, progress, cancel };
}
