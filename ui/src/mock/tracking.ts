// Generated experiments, runs and metric histories for the mock mode and the tests.
import type {
  BulkDone,
  Experiment,
  MetricHistoryInput,
  MetricSeries,
  Run,
  RunDetail,
  RunMetric,
  RunPage,
  RunScope,
  SearchRunsInput,
  TagRunsInput,
  Trash,
} from "@/lib/api";
import { hex, random } from "./random";

const START = Date.now();
const HOUR = 3_600_000;

const EXPERIMENTS: [name: string, runs: number][] = [
  ["fx/regime-hmm-fx", 36],
  ["fx/carry-gru-g10", 24],
  ["fx/fix-reversion", 9],
  ["equities/xsec-ranker-eu", 12],
  ["equities/turnover-guard", 4],
  ["crypto/micro-tcn-btc", 60],
  ["Default", 0],
];

const FAMILIES = ["hmm4-w64", "gru64-w48", "tcn6-w96", "xf4-w128", "lgbm-w64", "hmm3-w32", "mlp3-w32", "gru32-w48"];
const STEPS = 400;

type Curve = { start: number; end: number; rate: number; noise: number };
const CURVES: Record<string, Curve> = {
  ic: { start: -0.004, end: 0.046, rate: 4, noise: 0.0012 },
  sharpe: { start: -0.2, end: 1.8, rate: 4, noise: 0.05 },
  val_loss: { start: 1.1, end: 0.62, rate: 5, noise: 0.006 },
  grad_norm: { start: 4.2, end: 0.5, rate: 5, noise: 0.12 },
  train_loss: { start: 1.2, end: 0.55, rate: 6, noise: 0.004 },
  learning_rate: { start: 0.003, end: 0.0001, rate: 3, noise: 0 },
};

export function metricValue(key: string, seed: number, step: number): number {
  const curve = CURVES[key];
  if (!curve) return random(seed)();
  const next = random(seed * 7919 + step * 31 + key.length);
  const tilt = (random(seed * 131 + key.length)() - 0.5) * 0.3;
  const end = curve.end * (1 + tilt);
  return end + (curve.start - end) * Math.exp((-curve.rate * step) / STEPS) + (next() - 0.5) * 2 * curve.noise;
}

/** A live run gains a step every half second. */
function stepsOf(seed: number, live: boolean): number {
  return live ? Math.min(STEPS, 210 + Math.floor((Date.now() - START) / 500)) : STEPS - (seed % 3) * 40;
}

function metricOf(key: string, seed: number, steps: number, startedAtMs: number): RunMetric {
  const last = steps - 1;
  const broken = key === "val_loss" && seed % 17 === 5;
  const values = Array.from({ length: steps }, (_, step) => metricValue(key, seed, step));
  return {
    key,
    latest: broken ? "NaN" : (values[last] ?? 0),
    latestStep: last,
    latestAtMs: startedAtMs + last * 9000,
    min: Math.min(...values),
    max: Math.max(...values),
    count: steps,
  };
}

const finished = new Map<string, Run>();

/** Finished runs are made once; a live one is made anew each time. */
function makeRun(experiment: number, index: number): Run {
  const key = `${experiment}/${index}`;
  const known = finished.get(key);
  if (known) return known;
  const run = buildRun(experiment, index);
  if (run.status !== "RUNNING") finished.set(key, run);
  return run;
}

function buildRun(experiment: number, index: number): Run {
  const seed = experiment * 1000 + index;
  const next = random(seed);
  const family = FAMILIES[index % FAMILIES.length] ?? "run";
  const live = experiment === 1 && (index === 4 || index === 11);
  const failed = index % 19 === 17;
  const startedAtMs = START - (index + 1) * 3.1 * HOUR - experiment * HOUR;
  const steps = stepsOf(seed, live);
  const runId = hex(seed + 1, 32);
  const scored = (key: string, value: number): RunMetric => ({
    key,
    latest: value,
    latestStep: 0,
    latestAtMs: startedAtMs + HOUR,
    min: value,
    max: value,
    count: 1,
  });
  return {
    runId,
    experimentId: String(experiment),
    name: index === 1 ? "hmm4-w64-prod" : `${family}-s${index}`,
    status: live ? "RUNNING" : failed ? "FAILED" : "FINISHED",
    lifecycle: "active",
    user: "quant",
    startedAtMs,
    endedAtMs: live ? null : startedAtMs + (0.3 + next()) * HOUR,
    artifactUri: `mlflow-artifacts:/${experiment}/${runId}/artifacts`,
    params: [
      { key: "window", value: family.match(/w(\d+)/)?.[1] ?? "64" },
      { key: "lr", value: index % 3 ? "0.003" : "0.001" },
      { key: "batch_size", value: String(64 << (index % 3)) },
      { key: "seed", value: String(index) },
      { key: "features", value: "spread_bps, realised_vol_30m, order_imbalance, carry_3m, mom_60m" },
    ],
    tags: [
      { key: "desk", value: "fx" },
      { key: "mlflow.user", value: "quant" },
      { key: "mlflow.source.name", value: "train_regime.py" },
    ],
    metrics: [
      ...Object.keys(CURVES).map((key) => metricOf(key, seed, steps, startedAtMs)),
      ...(live || failed ? [] : [scored("test_accuracy", 0.7 + next() * 0.2), scored("test_f1", 0.6 + next() * 0.2)]),
    ],
  };
}

/** What was done to runs and experiments in this page. */
const trashedRuns = new Map<string, number>();
const trashedExperiments = new Map<string, number>();
const names = new Map<string, string>();
const edits = new Map<string, Map<string, string | null>>();

function edited(run: Run): Run {
  const changes = edits.get(run.runId);
  const name = names.get(run.runId);
  const lifecycle = trashedRuns.has(run.runId) ? "deleted" : run.lifecycle;
  if (!changes && !name && lifecycle === run.lifecycle) return run;
  const tags = run.tags.filter((tag) => !changes?.has(tag.key));
  for (const [key, value] of changes ?? []) if (value !== null) tags.push({ key, value });
  return { ...run, name: name ?? run.name, tags, lifecycle };
}

const everyRunOf = (experiment: number): Run[] =>
  Array.from({ length: EXPERIMENTS[experiment - 1]?.[1] ?? 0 }, (_, index) => edited(makeRun(experiment, index)));

const runsOf = (experiment: number): Run[] => everyRunOf(experiment).filter((run) => run.lifecycle === "active");

export const allRuns = (): Run[] => EXPERIMENTS.flatMap((_, index) => everyRunOf(index + 1));

export function listExperiments(): Experiment[] {
  return EXPERIMENTS.map(([name], index) => ({
    experimentId: String(index + 1),
    name: names.get(`e${index + 1}`) ?? name,
    lifecycle: "active" as const,
    artifactLocation: `mlflow-artifacts:/${index + 1}`,
    createdAtMs: START - 90 * 24 * HOUR,
    updatedAtMs: START - index * HOUR,
    runCount: runsOf(index + 1).length,
    liveRunCount: index === 0 ? 2 : 0,
    tags: [],
  })).filter(({ experimentId }) => !trashedExperiments.has(experimentId));
}

function value(run: Run, key: string): number {
  const [kind, name] = key.replaceAll("`", "").split(/\.(.+)/);
  const metric = run.metrics.find((each) => each.key === name);
  if (kind === "metrics_min") return Number(metric?.min ?? Number.NaN);
  if (kind === "metrics_max") return Number(metric?.max ?? Number.NaN);
  if (kind === "metrics") return Number(run.metrics.find((metric) => metric.key === name)?.latest ?? Number.NaN);
  if (kind === "params") return Number(run.params.find((param) => param.key === name)?.value ?? Number.NaN);
  return run.startedAtMs;
}

const CLAUSE = /^\s*(metrics|params)\.(\w+)\s*(>=|<=|=|>|<)\s*'?([^'\s]+)'?\s*$/;

/** Understands one comparison: enough to show a filter and an error. */
export function searchRuns(input: SearchRunsInput): RunPage {
  let runs = input.experimentIds.flatMap((id) => runsOf(Number(id)));
  if (input.filter.trim()) {
    const clause = CLAUSE.exec(input.filter);
    if (!clause)
      throw {
        kind: "invalid",
        message: `Cannot read the filter at "${input.filter.trim().split(/\s+/).at(-1)}"`,
        field: "filter",
        hint: "Compare an attribute with a value: metrics.ic > 0.04",
      };
    const [, kind, key, operator, text] = clause;
    const limit = Number(text);
    runs = runs.filter((run) => {
      const found = value(run, `${kind}.${key}`);
      if (operator === ">") return found > limit;
      if (operator === "<") return found < limit;
      if (operator === ">=") return found >= limit;
      if (operator === "<=") return found <= limit;
      return found === limit;
    });
  }
  const [order] = input.orderBy;
  if (order) {
    const desc = / DESC$/i.test(order);
    const key = order.replace(/ (ASC|DESC)$/i, "");
    runs.sort((a, b) => (value(a, key) - value(b, key)) * (desc ? -1 : 1));
  }
  const from = Number(input.pageToken ?? 0);
  const page = runs.slice(from, from + input.maxResults);
  const end = from + page.length;
  return { runs: page, total: runs.length, nextPageToken: end < runs.length ? String(end) : null };
}

export function getRun(runId: string): Run {
  const run = allRuns().find((each) => each.runId === runId);
  if (!run) throw { kind: "not_found", message: `No run ${runId}`, field: null, hint: null };
  return run;
}

const histories = new Map<string, number[]>();

function history(key: string, seed: number, count: number): number[] {
  const known = histories.get(`${key} ${seed}`) ?? [];
  for (let step = known.length; step < count; step += 1) known.push(metricValue(key, seed, step));
  histories.set(`${key} ${seed}`, known);
  return known.slice(0, count);
}

export function metricHistory(input: MetricHistoryInput): MetricSeries[] {
  const runs = new Map(allRuns().map((run) => [run.runId, run]));
  return input.runIds.flatMap((runId) => {
    const run = runs.get(runId);
    const metric = run?.metrics.find((each) => each.key === input.key);
    if (!run || !metric) return [];
    const steps = Array.from({ length: metric.count }, (_, step) => step);
    const seed = Number(run.experimentId) * 1000 + Number(run.params.find((each) => each.key === "seed")?.value ?? 0);
    const values = metric.count === 1 ? [Number(metric.latest)] : history(input.key, seed, metric.count);
    const shown = steps.filter(
      (step) => step * 300 >= (input.fromStep ?? -Infinity) && step * 300 <= (input.toStep ?? Infinity),
    );
    return {
      runId,
      key: input.key,
      totalPoints: metric.count * 30,
      reduced: metric.count > 1,
      steps: shown.map((step) => step * 300),
      timesMs: shown.map((step) => run.startedAtMs + step * 9000),
      values: shown.map((step) => values[step] ?? null),
    };
  });
}

export function runDetail(runId: string): RunDetail {
  const run = getRun(runId);
  const [name = ""] = EXPERIMENTS[Number(run.experimentId) - 1] ?? [];
  const first = run.name === "hmm4-w64-prod";
  return {
    run,
    experimentName: names.get(`e${run.experimentId}`) ?? name,
    datasets: [
      {
        name: "fx-1m-2019-2025",
        digest: "bc3919b7",
        context: "train",
        sourceType: "s3",
        source: '{"uri": "s3://bars/fx-1m-2019-2025.parquet"}',
        schema: '{"mlflow_colspec": [{"type": "double", "name": "spread_bps", "required": true}]}',
        profile: '{"num_rows": 2419200, "num_elements": 26611200}',
        tags: [{ key: "mlflow.data.context", value: "train" }],
      },
    ],
    models: [
      {
        modelId: `m-${hex(Number(run.experimentId) + 40, 32)}`,
        role: "output",
        step: 400,
        name: "model",
        folder: "model",
        deleted: false,
        status: "LOGGED_MODEL_READY",
        modelType: null,
        createdAtMs: run.startedAtMs,
      },
    ],
    versions: first
      ? [
          {
            name: "regime-hmm-fx",
            version: 12,
            stage: "Production",
            modelId: `m-${hex(Number(run.experimentId) + 40, 32)}`,
            digest: hex(12, 64),
          },
        ]
      : [],
    endpoints: [],
  };
}

const idsOf = (scope: RunScope): string[] =>
  scope.kind === "chosen"
    ? scope.runIds
    : searchRuns({
        experimentIds: [scope.experimentId],
        filter: scope.filter,
        orderBy: [],
        maxResults: 50_000,
        pageToken: null,
      }).runs.map((run) => run.runId);

export function tagRuns(input: TagRunsInput): BulkDone {
  const runIds = idsOf(input.scope);
  for (const runId of runIds) {
    const changes = edits.get(runId) ?? new Map<string, string | null>();
    for (const { key, value } of input.set) changes.set(key, value);
    for (const key of input.remove) changes.set(key, null);
    edits.set(runId, changes);
  }
  return { runIds, skipped: 0 };
}

export function trashRuns(scope: RunScope): BulkDone {
  const runIds = idsOf(scope);
  for (const runId of runIds) trashedRuns.set(runId, Date.now());
  return { runIds, skipped: 0 };
}

export function restoreRuns(runIds: string[]): BulkDone {
  return { runIds: runIds.filter((runId) => trashedRuns.delete(runId)), skipped: 0 };
}

export const renameRun = (runId: string, name: string) => void names.set(runId, name);
export const renameExperiment = (id: string, name: string) => void names.set(`e${id}`, name);
export const trashExperiment = (id: string) => void trashedExperiments.set(id, Date.now());
export const restoreExperiment = (id: string) => void trashedExperiments.delete(id);

export function listTrash(): Trash {
  const titles = new Map(EXPERIMENTS.map(([name], index) => [String(index + 1), name]));
  const runs = allRuns().filter((run) => run.lifecycle === "deleted" && !trashedExperiments.has(run.experimentId));
  return {
    experiments: [...trashedExperiments].map(([experimentId, deletedAtMs]) => ({
      experimentId,
      name: titles.get(experimentId) ?? "",
      runCount: runsOf(Number(experimentId)).length,
      deletedAtMs,
      deletedBy: "quant",
    })),
    runs: runs.map((run) => ({
      runId: run.runId,
      name: run.name,
      experimentId: run.experimentId,
      experimentName: titles.get(run.experimentId) ?? "",
      status: run.status,
      startedAtMs: run.startedAtMs,
      deletedAtMs: trashedRuns.get(run.runId) ?? null,
      deletedBy: "quant",
    })),
    runCount: runs.length,
    retentionDays: 30,
  };
}
