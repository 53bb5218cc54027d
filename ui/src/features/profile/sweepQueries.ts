import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, channel, type SweepReport } from "@/lib/api";
import { newTaskId, useTask } from "@/lib/task";
import { type InspectSource, sourceKey } from "./source";
import { gridOf, type SweepChoice } from "./sweepGrid";

/** What of this sweep is done already; nothing is measured for it. */
const standing = (source: InspectSource, choice: SweepChoice) => ({
  queryKey: ["workspace", "never", "sweep", sourceKey(source), choice] as const,
  queryFn: () =>
    api.sweepStanding(source, { grid: gridOf(choice), durationMs: choice.durationMs, taskId: newTaskId("standing") }),
  retry: false,
});

/** A sweep: what is done, more of it, and stopping. */
export function useSweep(source: InspectSource, choice: SweepChoice) {
  const task = useTask();
  const before = useQuery(standing(source, choice));
  const [running, setRunning] = useState<SweepReport | null>(null);
  const mutation = useMutation({
    mutationFn: () =>
      task.run("sweep", (taskId) =>
        api.sweepModel(
          source,
          { grid: gridOf(choice), durationMs: choice.durationMs, taskId },
          channel<SweepReport>(setRunning),
        ),
      ),
    onSettled: async () => {
      await before.refetch();
      setRunning(null);
    },
  });
  const stop = useRef(task.cancel);
  stop.current = task.cancel;
  useEffect(() => () => stop.current(), []);
  return { ...mutation, report: running ?? before.data ?? null, unread: before.error, stop: task.cancel };
}
