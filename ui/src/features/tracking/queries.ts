import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useInfiniteQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import type { Sort } from "@/components";
import { api, type Run, type SearchRunsInput } from "@/lib/api";
import { keys } from "@/lib/cache";
import type { Detail, StepRange } from "./charts/zoom";
import type { Aggregate, ExperimentView } from "./state";
import { quotedName } from "./table/filterTokens";

const PAGE = 500;

/** `metrics.val/loss` needs quotes in MLflow's order_by: metrics.`val/loss`. */
export function orderBy(sort: Sort | null, aggregate: Aggregate = "latest"): string[] {
  if (!sort) return ["attributes.start_time DESC"];
  const [entity = "", name = ""] = splitColumn(sort.id);
  const kind = entity === "metrics" && aggregate !== "latest" ? `metrics_${aggregate}` : entity;
  return [`${kind}.${entity === "attributes" ? name : quotedName(name)} ${sort.desc ? "DESC" : "ASC"}`];
}

/** "metrics.val.loss" -> ["metrics", "val.loss"]. */
export function splitColumn(id: string): [entity: string, name: string] {
  const dot = id.indexOf(".");
  return [id.slice(0, dot), id.slice(dot + 1)];
}

export const runsQuery = (experimentId: string, filter: string, sort: Sort | null, aggregate: Aggregate) => {
  const input: SearchRunsInput = {
    experimentIds: [experimentId],
    filter,
    orderBy: orderBy(sort, aggregate),
    maxResults: PAGE,
    pageToken: null,
  };
  return infiniteQueryOptions({
    queryKey: keys.runs(input),
    queryFn: ({ pageParam }) => api.searchRuns({ ...input, pageToken: pageParam }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.nextPageToken,
  });
};

export const runDetailQuery = (runId: string) =>
  queryOptions({
    queryKey: keys.runDetail(runId),
    queryFn: () => api.runDetail(runId),
    placeholderData: keepPreviousData,
  });

/** Changes to one run; each settles when the run has been read again, so that nothing old shows in between. */
export function useRunEdits(runId: string) {
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: keys.runDetail(runId) });
  const scope = { kind: "chosen" as const, runIds: [runId] };
  return {
    rename: (name: string) => api.renameRun(runId, name).then(refresh),
    tag: (key: string, value: string) => api.tagRuns({ scope, set: [{ key, value }], remove: [] }).then(refresh),
    untag: (key: string) => api.tagRuns({ scope, set: [], remove: [key] }).then(refresh),
  };
}

export const runQuery = (runId: string) =>
  queryOptions({ queryKey: keys.run(runId), queryFn: () => api.getRun(runId) });

export const trashQuery = () => queryOptions({ queryKey: keys.trash(), queryFn: () => api.listTrash() });
export const trashedArtifactsQuery = () =>
  queryOptions({ queryKey: keys.trashedArtifacts(), queryFn: () => api.listTrashedArtifacts() });

const SPARK_POINTS = 96;

/** The count is part of the key: a history that has not grown is not read again. */
export const sparkQuery = (runId: string, key: string, count: number) =>
  queryOptions({
    queryKey: ["runs", "never", "spark", runId, key, count] as const,
    queryFn: () => api.metricHistory({ runIds: [runId], key, maxPoints: SPARK_POINTS, fromStep: null, toStep: null }),
    placeholderData: keepPreviousData,
    gcTime: 60_000,
  });

export const runArtifactsQuery = (runId: string, path: string) =>
  queryOptions({
    queryKey: keys.runArtifacts(runId, path),
    queryFn: () => api.listRunArtifacts({ runId, path }),
  });

export const metricQuery = (experimentId: string, runIds: string[], key: string, maxPoints: number) =>
  queryOptions({
    queryKey: keys.metric(experimentId, runIds, key, maxPoints),
    queryFn: () => api.metricHistory({ runIds, key, maxPoints, fromStep: null, toStep: null }),
    enabled: runIds.length > 0 && maxPoints > 0,
    placeholderData: keepPreviousData,
  });

/** One part of the axis, as fine as the screen can show it. */
export const metricDetailQuery = (
  experimentId: string,
  runIds: string[],
  key: string,
  range: StepRange | null,
  maxPoints: number,
) =>
  queryOptions({
    queryKey: keys.metricDetail(experimentId, runIds, key, range, maxPoints),
    queryFn: async (): Promise<Detail> => {
      const [fromStep, toStep] = range ?? [0, 0];
      const series = await api.metricHistory({ runIds, key, maxPoints, fromStep, toStep });
      return { range: [fromStep, toStep], series };
    },
    enabled: range !== null && runIds.length > 0 && maxPoints > 0,
    placeholderData: keepPreviousData,
    gcTime: 30_000,
  });

/** What decides which runs stand where. */
type Order = Pick<ExperimentView, "filter" | "sort" | "aggregate">;

/**
 * The runs of an experiment under a filter and an order. While a new filter is being answered, or is refused, the runs
 * of the last good answer stay on screen.
 */
export function useRuns(experimentId: string | null, { filter, sort, aggregate }: Order) {
  const query = useInfiniteQuery({
    ...runsQuery(experimentId ?? "", filter, sort, aggregate),
    enabled: experimentId !== null,
  });
  const fresh = useMemo(() => {
    if (!query.data || experimentId === null) return null;
    const pages = query.data.pages;
    return {
      experimentId,
      runs: dedupe(pages.flatMap((page) => page.runs)),
      total: pages.at(-1)?.total ?? 0,
    };
  }, [query.data, experimentId]);
  const good = useRef(fresh);
  if (fresh) good.current = fresh;
  const last = good.current?.experimentId === experimentId ? good.current : null;
  const shown = fresh ?? last;
  return {
    runs: shown?.runs ?? NO_RUNS,
    total: shown?.total ?? 0,
    loaded: shown !== null,
    /** The shown runs answer an earlier filter. */
    stale: fresh === null && shown !== null,
    error: query.error,
    retry: () => void query.refetch(),
    /** Nothing while a page is on its way, or could not be read: the table would ask for it for ever. */
    more:
      query.hasNextPage && !query.isFetchingNextPage && !query.isFetchNextPageError
        ? () => void query.fetchNextPage()
        : undefined,
    moreProblem: query.isFetchNextPageError
      ? { message: query.error?.message ?? "", retry: () => void query.fetchNextPage() }
      : null,
  };
}

const NO_RUNS: readonly Run[] = [];

/** A run logged between two pages can appear on both. */
function dedupe(runs: Run[]): Run[] {
  const seen = new Set<string>();
  return runs.filter((run) => !seen.has(run.runId) && seen.add(run.runId));
}
