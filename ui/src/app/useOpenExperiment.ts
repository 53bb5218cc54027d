import { useQuery } from "@tanstack/react-query";
import type { Experiment } from "@/lib/api";
import { experimentsQuery } from "@/lib/queries";
import { useView } from "@/lib/view";

/** The experiment on screen: the chosen one, else the one with runs that changed last, else any. */
export function pickExperiment(experiments: readonly Experiment[], chosen: string | null): Experiment | null {
  const found = experiments.find((each) => each.experimentId === chosen);
  if (found) return found;
  const newest = [...experiments].sort((a, b) => b.updatedAtMs - a.updatedAtMs);
  return newest.find((each) => each.runCount > 0) ?? newest[0] ?? null;
}

export function useOpenExperiment(): Experiment | null {
  const { data = [] } = useQuery(experimentsQuery());
  const { experimentId } = useView();
  return pickExperiment(data, experimentId);
}
