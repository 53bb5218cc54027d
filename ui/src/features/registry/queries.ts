import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, channel, type DeployStep, type Stage } from "@/lib/api";
import { keys } from "@/lib/cache";
import { modelQuery } from "@/lib/queries";
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

/** Aliases of a model; each change settles when the lists have been read again. */
export function useAliasEdits(name: string) {
  const client = useQueryClient();
  const refresh = useRefreshModels();
  return {
    set: (alias: string, version: number) => api.setModelAlias({ name, alias, version }).then(refresh),
    remove: (alias: string) => api.deleteModelAlias({ name, alias }).then(refresh),
    /** The version that holds an alias at this moment: asked anew, since others set aliases too. */
    async holder(alias: string): Promise<number | null> {
      const { model } = await client.fetchQuery({ ...modelQuery(name), staleTime: 0 });
      return model.aliases.find((each) => each.alias === alias)?.version ?? null;
    },
  };
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

export const comparisonQuery = (name: string, left: number, right: number) =>
  queryOptions({
    queryKey: keys.comparison(name, left, right),
    queryFn: () => api.compareVersions({ name, left, right }),
  });

/** The record answers, so that a version moved or deleted since still counts for the time it stood there. */
export const productionQuery = (name: string, atMs: number) =>
  queryOptions({
    queryKey: keys.production(name, atMs),
    queryFn: () => api.productionOn({ name, atMs }),
    placeholderData: keepPreviousData,
    gcTime: 60_000,
  });

/** Description and tags of a model; each settles when the lists have been read again. */
export function useModelEdits(name: string) {
  const refresh = useRefreshModels();
  return {
    describe: (text: string) => api.describeModel(name, text).then(refresh),
    tag: (key: string, value: string) => api.tagModel(name, { key, value }).then(refresh),
    untag: (key: string) => api.untagModel(name, key).then(refresh),
  };
}

export function useVersionEdits(name: string, version: number) {
  const refresh = useRefreshModels();
  const which = { name, version };
  return {
    describe: (text: string) => api.describeVersion(which, text).then(refresh),
    tag: (key: string, value: string) => api.tagVersion(which, { key, value }).then(refresh),
    untag: (key: string) => api.untagVersion(which, key).then(refresh),
  };
}
