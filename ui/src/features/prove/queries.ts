import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import {
  api,
  type CompareOutputsInput,
  channel,
  type DivergenceInput,
  type RepeatRunsInput,
  type TaskProgress,
} from "@/lib/api";
import { useTask } from "@/lib/task";

/** Long work with its progress and a way out. */
function useWork<Input, Answer>(
  kind: string,
  work: (input: Input, taskId: string, tell: (at: TaskProgress) => void) => Promise<Answer>,
) {
  const task = useTask();
  const [progress, setProgress] = useState<TaskProgress | null>(null);
  const mutation = useMutation({
    mutationFn: (input: Input) => {
      setProgress(null);
      return task.run(kind, (taskId) => work(input, taskId, setProgress));
    },
  });
  // What nobody waits for any more takes the machine from what comes next.
  const stop = useRef(task.cancel);
  stop.current = task.cancel;
  useEffect(() => () => stop.current(), []);
  return { ...mutation, progress, cancel: task.cancel };
}

type Asked<Input> = Omit<Input, "taskId">;

export const useCompare = () =>
  useWork("compare", (input: Asked<CompareOutputsInput>, taskId, tell) =>
    api.compareOutputs({ ...input, taskId }, channel(tell)),
  );

export const useDivergence = () =>
  useWork("divergence", (input: Asked<DivergenceInput>, taskId, tell) =>
    api.findDivergence({ ...input, taskId }, channel(tell)),
  );

export const useRepeat = () =>
  useWork("repeat", (input: Asked<RepeatRunsInput>, taskId, tell) =>
    api.repeatRuns({ ...input, taskId }, channel(tell)),
  );
