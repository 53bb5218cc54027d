// Lists that more than one feature shows (panel, palette, pages). Queries of one feature live in its own queries.ts.
import { queryOptions } from "@tanstack/react-query";
import { api } from "./api";
import { keys } from "./cache";

export const workspaceQuery = () =>
  queryOptions({
    queryKey: keys.workspace(),
    queryFn: () => api.workspaceStatus(),
    // "last client seen" and the store size move without a change event
    refetchInterval: 5_000,
  });

export const logToMeQuery = () => queryOptions({ queryKey: keys.logToMe(), queryFn: () => api.logToMe() });

export const experimentsQuery = () =>
  queryOptions({ queryKey: keys.experiments(), queryFn: () => api.listExperiments() });

export const modelsQuery = () => queryOptions({ queryKey: keys.models(), queryFn: () => api.listModels() });

export const endpointsQuery = () => queryOptions({ queryKey: keys.endpoints(), queryFn: () => api.listEndpoints() });

export const deploymentsQuery = () =>
  queryOptions({ queryKey: keys.deployments(), queryFn: () => api.listDeployments() });
