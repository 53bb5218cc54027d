// The query cache and its keys. Each key opens with the kind of change that makes it stale and the ids it belongs to,
// or with all the kinds that it shows, so one `changed` event refreshes exactly what the write touched: no polling, no
// reload.
import { QueryClient } from "@tanstack/react-query";
import { type ArtifactRef, type ChangeTag, type DrydockError, onChanged, type SearchRunsInput } from "./api";
import { RETRY_MS, shouldRetry } from "./connection";

declare module "@tanstack/react-query" {
  interface Register {
    defaultError: DrydockError;
  }
}

type Kind = ChangeTag["kind"];
/**
 * Which things of a kind: these ids; "*" = any; "never"; "shown" = runs of the experiments that the answer itself names
 * in `experimentId`, so that an open model is not read again for every point that some other experiment logs.
 */
type Ids = "*" | "never" | "shown" | readonly string[];
/** What a key of several kinds depends on. */
type Depends = Partial<Record<Kind, Ids>>;
/** [kind, ids it depends on, or those of each kind, what it is, ...arguments] */
export type Key = readonly [Kind, Ids | Depends, string, ...unknown[]];

export const keys = {
  workspace: () => ["workspace", "*", "status"] as const,
  workspaces: () => ["workspace", "*", "list"] as const,
  activity: () => ["workspace", "never", "activity"] as const,
  logToMe: () => ["workspace", "*", "logToMe"] as const,
  experiments: () => ["experiments", "*", "list"] as const,
  runs: (input: SearchRunsInput) => ["runs", input.experimentIds, "search", input] as const,
  run: (runId: string) => ["runs", "*", "run", runId] as const,
  runArtifacts: (runId: string, path: string) => ["runs", "*", "artifacts", runId, path] as const,
  metric: (experimentId: string, runIds: string[], key: string, maxPoints: number) =>
    ["runs", [experimentId], "metric", key, runIds, maxPoints] as const,
  metricDetail: (
    experimentId: string,
    runIds: string[],
    key: string,
    range: readonly [number, number] | null,
    maxPoints: number,
  ) => ["runs", [experimentId], "metric part", key, runIds, range, maxPoints] as const,
  runDetail: (runId: string) =>
    ["runs", { runs: "*", experiments: "*", models: "*", endpoints: "*" }, "detail", runId] as const,
  trash: () => ["runs", "*", "trash"] as const,
  trashedArtifacts: () => ["runs", "*", "trashed artifacts"] as const,
  artifact: (file: ArtifactRef) => ["runs", "*", "artifact", file] as const,
  artifactContent: (file: ArtifactRef, sha256: string, part: string) =>
    ["runs", "never", "content", sha256, part, file] as const,
  models: () => ["models", "*", "list"] as const,
  comparison: (name: string, left: number, right: number) =>
    ["models", { models: [name], runs: "shown" }, "comparison", left, right] as const,
  production: (name: string, atMs: number) => ["models", [name], "production", atMs] as const,
  model: (name: string) => ["models", { models: [name], runs: "shown" }, "detail"] as const,
  modelVersion: (name: string, version: number) =>
    ["models", { models: [name], runs: "shown", endpoints: "*" }, "version", version] as const,
  inspection: (source: { path: string } | { name: string; version: number } | { file: ArtifactRef }) =>
    "file" in source
      ? (["runs", "never", "inspection", source.file] as const)
      : "path" in source
        ? (["workspace", "never", "inspection", source.path] as const)
        : (["models", "never", "inspection", source.name, source.version] as const),
  graph: (
    source: { path: string } | { name: string; version: number } | { file: ArtifactRef },
    part: string,
    of: unknown,
  ) => [...keys.inspection(source), part, of] as const,
  ceiling: () => ["workspace", "never", "ceiling"] as const,
  plan: (name: string, version: number) =>
    ["deployments", { deployments: "*", endpoints: "*", models: [name] }, "plan", name, version] as const,
  gateReports: (name: string, version: number) => ["models", [name], "gate reports", version] as const,
  gateFile: (name: string) => ["models", [name], "gate file"] as const,
  endpoints: () => ["endpoints", "*", "list"] as const,
  endpointStats: (endpoint: string, windowS: number) => ["endpoints", [endpoint], "stats", windowS] as const,
  exampleRequest: (endpoint: string) => ["endpoints", [endpoint], "example"] as const,
  deployments: () => ["deployments", "*", "list"] as const,
};

/**
 * Does a change make this key stale? A tag without an id touches all of its kind; so does a key on "*". `answer` is what
 * the query holds.
 */
export function touches(tag: ChangeTag, key: readonly unknown[], answer?: unknown): boolean {
  const [kind, given] = key as readonly [Kind, Ids | Depends];
  const several = typeof given === "object" && !Array.isArray(given);
  const ids = several ? (given as Depends)[tag.kind] : kind === tag.kind ? (given as Ids) : undefined;
  if (ids === undefined || ids === "never") return false;
  if (tag.id === null || ids === "*") return true;
  return ids === "shown" ? names(answer, tag.id) : ids.includes(tag.id);
}

/** Whether something in an answer came of this experiment. */
function names(answer: unknown, experimentId: string): boolean {
  if (typeof answer !== "object" || answer === null) return false;
  if (Array.isArray(answer)) return answer.some((each) => names(each, experimentId));
  return Object.entries(answer).some(([key, value]) =>
    key === "experimentId" ? value === experimentId : names(value, experimentId),
  );
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        networkMode: "always", // the shell is always there, online or not
        staleTime: Number.POSITIVE_INFINITY, // `changed` says when it is not
        gcTime: 10 * 60_000,
        retry: shouldRetry,
        retryDelay: RETRY_MS,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
      },
      mutations: { networkMode: "always", retry: false },
    },
  });
}

const FLUSH_MS = 250;
const PATIENCE_MS = 5_000;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * Collects tags and invalidates at once; then, while a client keeps writing, again when the reread is done and 250 ms
 * have passed. A slow reread is never cut short by the next change, and one that hangs does not stop the others.
 */
export function createInvalidator(client: QueryClient, flushMs = FLUSH_MS): (tags: ChangeTag[]) => void {
  const waiting = new Map<string, ChangeTag>();
  let flushing = false;

  const flush = async () => {
    flushing = true;
    while (waiting.size > 0) {
      const tags = [...waiting.values()];
      waiting.clear();
      const reread = client.invalidateQueries({
        predicate: ({ queryKey, state }) => tags.some((tag) => touches(tag, queryKey, state.data)),
      });
      await Promise.all([pause(flushMs), Promise.race([reread, pause(PATIENCE_MS)])]);
    }
    flushing = false;
  };

  return (tags) => {
    for (const tag of tags) waiting.set(`${tag.kind} ${tag.id ?? "*"}`, tag);
    if (!flushing) void flush();
  };
}

/** Ties the cache to the shell. A window that comes back from sleep rereads everything once. */
export function connectCache(client: QueryClient): () => void {
  const stop = onChanged(createInvalidator(client));
  let hiddenAt = 0;
  const onVisibility = () => {
    if (document.hidden) hiddenAt = Date.now();
    else if (hiddenAt > 0 && Date.now() - hiddenAt > 60_000) void client.invalidateQueries();
  };
  document.addEventListener("visibilitychange", onVisibility);
  return () => {
    stop();
    document.removeEventListener("visibilitychange", onVisibility);
  };
}
