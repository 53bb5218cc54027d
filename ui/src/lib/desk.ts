// The one overlay that is open beside a page: features open it from here, app/ mounts it. It does not survive a restart.
import { useSyncExternalStore } from "react";
import type { Activity, ArtifactRef } from "./api";
import { signal } from "./signal";

export type Overlay =
  | { kind: "deploy"; name: string | null; version: number | null }
  | { kind: "try"; endpoint: string }
  | { kind: "artifact"; file: ArtifactRef }
  | { kind: "compare"; name: string; left: number; right: number }
  | { kind: "runtime" }
  | { kind: "workspaces" }
  | { kind: "connect"; id: string | null }
  | { kind: "switch"; id: string };

/** What would end if the window closed, while it is asked; it stands over whatever else is open. */
export const closeAsked = signal<Activity | null>(null);

let open: Overlay | null = null;
const listeners = new Set<() => void>();

function show(next: Overlay | null): void {
  open = next;
  for (const listener of listeners) listener();
}

/** Opens the Deploy modal; without a model the modal asks for one. */
export const openDeploy = (name: string | null = null, version: number | null = null) =>
  show({ kind: "deploy", name, version });
export const openTry = (endpoint: string) => show({ kind: "try", endpoint });
/** A file in a sheet of its own; a run's files show beside their tree instead. */
export const openArtifact = (file: ArtifactRef) => show({ kind: "artifact", file });
export const openComparison = (name: string, left: number, right: number) =>
  show({ kind: "compare", name, left, right });
/** Which ONNX Runtime computes. */
export const openRuntime = () => show({ kind: "runtime" });
export const openWorkspaces = () => show({ kind: "workspaces" });
/** Connects to a team's workspace; with an id, changes how one is connected. */
export const openConnect = (id: string | null) => show({ kind: "connect", id });
export const openSwitch = (id: string) => show({ kind: "switch", id });
export const closeOverlay = () => show(null);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useOverlay = () => useSyncExternalStore(subscribe, () => open);
