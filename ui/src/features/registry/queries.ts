import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, channel, type DeployStep, type Stage } from "@/lib/api";
import { useTask } from "@/lib/task";

export { endpointsQuery, modelQuery, modelsQuery, modelVersionQuery } from "@/lib/queries";

/** The server's `changed` event refreshes other windows; this one need not wait for it. */
function useRefreshModels() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: ["models"] });
}

export function usePromote() {
  const refresh = useRefreshModels();
  return useMutation({
    mutationFn: (input: { name: string; version: number; to: Stage; reason: string }) => api.promoteModelVersion(input),
    onSuccess: refresh,
  });
}

export function useSetAlias() {
  const refresh = useRefreshModels();
  return useMutation({
    mutationFn: (input: { name: string; alias: string; version: number }) => api.setModelAlias(input),
    onSuccess: refresh,
  });
}

export function useDeleteAlias() {
  const refresh = useRefreshModels();
  return useMutation({
    mutationFn: (input: { name: string; alias: string }) => api.deleteModelAlias(input),
    onSuccess: refresh,
  });
}

const CHECK_STEPS = ["fetch", "verify", "load", "smoke", "warm"];

/** Runs the gates alone: measures, records the evidence, starts and promotes nothing. */
export function useCheckGates() {
  const refresh = useRefreshModels();
  const task = useTask();
  const [step, setStep] = useState<DeployStep | null>(null);
  const mutation = useMutation({
    mutationFn: (input: { name: string; version: number }) => {
      setStep(null);
      return task.run("gates", (taskId) => api.checkGates(input, taskId, channel<DeployStep>(setStep)));
    },
    onSettled: refresh,
  });
  const done = step ? CHECK_STEPS.indexOf(step.step) + (step.state === "running" ? 0 : 1) : 0;
  return { ...mutation, step, fraction: step ? done / CHECK_STEPS.length : null, cancel: task.cancel };
}
