import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, channel, type ProfileInput, type ProfileReport, type TaskProgress } from "@/lib/api";
import { signal, useSignal } from "@/lib/signal";
import { useTask } from "@/lib/task";
import { type InspectSource, sourceKey } from "./source";

export type ProfileSettings = Omit<ProfileInput, "taskId">;

/** The last profile of each model: a look at the graph must not throw it away. */
const kept = signal<ReadonlyMap<string, ProfileReport>>(new Map());

export const useKept = (source: InspectSource): ProfileReport | undefined => useSignal(kept).get(sourceKey(source));

/** A profile with its progress and a way out. */
export function useProfile(source: InspectSource) {
  const task = useTask();
  const [progress, setProgress] = useState<TaskProgress | null>(null);
  const mutation = useMutation({
    mutationFn: (settings: ProfileSettings) => {
      setProgress(null);
      return task.run("profile", (taskId) =>
        api.profileModel(source, { ...settings, taskId }, channel<TaskProgress>(setProgress)),
      );
    },
    onSuccess: (report) => kept.set(new Map(kept.get()).set(sourceKey(source), report)),
  });
  // A measurement that nobody waits for only disturbs the next one.
  const stop = useRef(task.cancel);
  stop.current = task.cancel;
  useEffect(() => () => stop.current(), []);
  return { ...mutation, progress, cancel: task.cancel };
}

export const useSaveTrace = () => useMutation({ mutationFn: (report: ProfileReport) => api.saveProfileTrace(report) });
