import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, channel, type DeployStep } from "@/lib/api";
import { keys } from "@/lib/cache";

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

export type DeployInput = { name: string; version: number; reason: string; allowInconclusive: boolean };

/** A deployment with its steps as they happen. */
export function useDeploy() {
  const refresh = useRefreshDeployments();
  const [steps, setSteps] = useState<DeployStep[]>([]);
  const mutation = useMutation({
    mutationFn: (input: DeployInput) => {
      setSteps([]);
      return api.deployToStaging(
        input,
        channel<DeployStep>((step) => setSteps((earlier) => [...earlier, step])),
      );
    },
    onSettled: refresh,
  });
  return { ...mutation, steps };
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
