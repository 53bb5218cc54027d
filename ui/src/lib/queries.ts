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

export const modelQuery = (name: string) =>
  queryOptions({ queryKey: keys.model(name), queryFn: () => api.getModel(name) });

export const modelVersionQuery = (name: string, version: number) =>
  queryOptions({ queryKey: keys.modelVersion(name, version), queryFn: () => api.getModelVersion({ name, version }) });

/** Counters move with every request and publish no change of their own, so whoever shows them asks once a second. */
export const endpointStatsQuery = (endpoint: string, windowS: number) =>
  queryOptions({
    queryKey: keys.endpointStats(endpoint, windowS),
    queryFn: () => api.endpointStats({ endpoint, windowS }),
    refetchInterval: 1000,
    refetchIntervalInBackground: false,
    // another window keeps the old picture until its own arrives, instead of blinking
    placeholderData: (previous) => previous,
  });
