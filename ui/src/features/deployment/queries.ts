import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { toast } from "@/components/Toast";
import { api, channel, type DeployOutcome, type DeployStep } from "@/lib/api";
import { keys } from "@/lib/cache";
import { useTask } from "@/lib/task";

export {
  deploymentsQuery,
  endpointStatsQuery,
  endpointsQuery,
  modelQuery,
  modelsQuery,
  modelVersionQuery,
} from "@/lib/queries";

export const planQuery = (name: string, version: number) =>
  queryOptions({
    queryKey: keys.plan(name, version),
    queryFn: () => api.planDeployment({ name, version }),
    // The plan says what runs now: stages and endpoints move it, so each opening of the modal asks again.
    staleTime: 0,
  });

function useRefreshDeployments() {
  const client = useQueryClient();
  return () => {
    for (const kind of ["deployments", "endpoints", "models"]) void client.invalidateQueries({ queryKey: [kind] });
  };
}

export type DeployInput = { name: string; version: number; reason: string; waiver: string | null };

/** A deployment with its steps as they happen. */
export function useDeploy() {
  const refresh = useRefreshDeployments();
  const task = useTask();
  const [steps, setSteps] = useState<DeployStep[]>([]);
  const watched = useRef(true);
  useEffect(() => {
    watched.current = true;
    return () => {
      watched.current = false;
    };
  }, []);
  const mutation = useMutation({
    mutationFn: (input: DeployInput) => {
      setSteps([]);
      const heard = channel<DeployStep>((step) => setSteps((earlier) => [...earlier, step]));
      return task.run("deploy", (taskId) => api.deployToStaging(input, taskId, heard));
    },
    onSettled: refresh,
    onSuccess: (outcome, input) => {
      if (!watched.current) tellOutcome(outcome, input);
    },
    onError: (error, input) => {
      if (!watched.current) toast.error(`v${input.version} of ${input.name} was not deployed`, error);
    },
  });
  return { ...mutation, steps, cancel: task.cancel };
}

/** For a deployment that went on after its modal was closed. */
function tellOutcome(outcome: DeployOutcome, input: DeployInput): void {
  const what = `v${input.version} of ${input.name}`;
  if (outcome.deployed) toast.ok({ title: `${what} is live on ${outcome.endpoint?.name ?? "staging"}` });
  else
    toast.warn({ title: `${what} was refused; nothing was changed`, detail: "Open Deploy again to see which gate." });
}

export type EndpointAction = "rollback" | "stop" | "start";

export function useEndpointAction(action: EndpointAction) {
  const refresh = useRefreshDeployments();
  const run = { rollback: api.rollbackEndpoint, stop: api.stopEndpoint, start: api.startEndpoint }[action];
  return useMutation({
    mutationFn: (input: { endpoint: string; reason: string }) => run(input),
    onSettled: refresh,
  });
}
