// Where the user is: tab and selection. Features navigate with these functions; nothing else knows about tabs.
// app/ mounts RegistryPage, DeploymentPage, MonitoringPage and the lab from their feature folders.
import type { ArtifactRef } from "./api";
import { persistent, useValue } from "./persist";
import { signal, useSignal } from "./signal";

export type Tab = "registry" | "training" | "deployment" | "monitoring";
export const TABS: readonly Tab[] = ["registry", "training", "deployment", "monitoring"];

/** What the inspect sheet shows: a file on disk, a version of a registered model, or a file that a run logged. */
export type InspectSource = { path: string } | { name: string; version: number } | { file: ArtifactRef };

type View = {
  tab: Tab;
  experimentId: string | null;
  modelName: string | null;
  modelVersion: number | null;
  endpoint: string | null;
  /** The Training tab shows the trash instead of an experiment. */
  trash: boolean;
};

const FIRST_VIEW: View = {
  tab: "training",
  experimentId: null,
  modelName: null,
  modelVersion: null,
  endpoint: null,
  trash: false,
};

export const view = persistent<View>("view", FIRST_VIEW, { perWorkspace: true });

export const useView = () => useValue(view);

const change = (part: Partial<View>) => view.set((previous) => ({ ...previous, ...part }));

export const openTab = (tab: Tab) => {
  inspect(null);
  change({ tab });
};
/** The run whose inspector is open; it does not survive a restart. */
export const openedRun = signal<string | null>(null);
/** Whoever goes to a place wants to see it: the inspector of a run elsewhere would lie over it. */
const go = (part: Partial<View>) => {
  openedRun.set(null);
  inspect(null);
  change({ tab: "training", ...part });
};
export const openExperiment = (experimentId: string) => go({ experimentId, trash: false });
export const openTrash = () => go({ trash: true });
export const openRun = (experimentId: string, runId: string) => {
  openExperiment(experimentId);
  openedRun.set(runId);
};
/** Opens the Registry on a model; without a version the page picks the latest. */
export const openModel = (modelName: string, modelVersion: number | null = null) =>
  change({ tab: "registry", modelName, modelVersion });
export const openEndpoint = (endpoint: string, tab: "deployment" | "monitoring" = "monitoring") =>
  change({ tab, endpoint });

/** The benches of the model lab. */
export type LabTab =
  | "overview"
  | "graph"
  | "nodes"
  | "weights"
  | "cost"
  | "trees"
  | "diff"
  | "run"
  | "prove"
  | "benchmark"
  | "profile"
  | "gates";

// Transient: an open sheet does not survive a restart.
const inspected = signal<InspectSource | null>(null);
const labTab = signal<LabTab>("overview");

/** What the inspected model is compared with. */
const diffBase = signal<InspectSource | null>(null);

export function inspect(source: InspectSource | null, tab?: LabTab): void {
  if (source) labTab.set(tab ?? "overview");
  diffBase.set(null);
  inspected.set(source);
}

/** Opens the lab on a model beside the one that it came after. */
export function inspectDiff(source: InspectSource, base: InspectSource): void {
  inspect(source, "diff");
  diffBase.set(base);
}

export const useDiffBase = (): [InspectSource | null, (base: InspectSource | null) => void] => [
  useSignal(diffBase),
  diffBase.set,
];

export const useInspected = () => useSignal(inspected);

export const useLabTab = (): [LabTab, (tab: LabTab) => void] => [useSignal(labTab), labTab.set];
