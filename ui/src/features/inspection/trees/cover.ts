// The rows of a file, counted through the trees.
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, channel, type EnsemblePlace, type TaskProgress, type TreeCover } from "@/lib/api";
import { useTask } from "@/lib/task";
import type { InspectSource } from "@/lib/view";

export function useCover(source: InspectSource, place: EnsemblePlace) {
  const task = useTask();
  const [progress, setProgress] = useState<string | null>(null);
  const [cover, setCover] = useState<TreeCover | null>(null);
  const mutation = useMutation({
    mutationFn: async () => {
      const path = await api.pickRowsFile();
      if (path === null) return null;
      setProgress(null);
      const told = channel<TaskProgress>((step) => setProgress(step.detail));
      return task.run("cover", (taskId) => api.treeCover(source, place, path, taskId, told));
    },
    onSuccess: (found) => found && setCover(found),
  });
  const stop = useRef(task.cancel);
  stop.current = task.cancel;
  useEffect(() => () => stop.current(), []);
  return {
    cover,
    progress,
    busy: mutation.isPending,
    error: mutation.error,
    start: () => mutation.mutate(),
    cancel: task.cancel,
    forget: () => setCover(null),
  };
}

export type CoverState = ReturnType<typeof useCover>;
