// Mock answers of the benchmark. Every figure here is invented for the mock only.
import type {
  AppError,
  BaselineComparison,
  BenchmarkInput,
  BenchmarkOutcome,
  BenchmarkReport,
  LatencyHistogram,
  ModelSource,
  PercentileBound,
  PercentileDifference,
  TaskProgress,
} from "@/bindings";
import { FINGERPRINT, hash, noise } from "./shared";

const PERCENTILES: [string, number, number, number, number][] = [
  ["p50", 0.5, 0.541, 0.004, 11],
  ["p90", 0.9, 0.702, 0.012, 64],
  ["p95", 0.95, 0.81, 0.02, 130],
  ["p99", 0.99, 1.122, 0.08, 662],
  ["p99.9", 0.999, 1.41, 0.12, 6636],
  ["p99.99", 0.9999, 1.5, 0.2, 66_381],
];
const BINS = 60;
const EDGES_MS = Array.from({ length: BINS + 1 }, (_, index) => 0.36 * 5 ** (index / BINS));

const nameOf = (source: ModelSource) =>
  "name" in source ? `${source.name} v${source.version}` : source.file ? source.file.path : source.path;

function percentiles(samples: number, slower: number): PercentileBound[] {
  return PERCENTILES.map(([label, quantile, value, spread, neededSamples]) => {
    const enough = samples >= neededSamples;
    const refused = enough ? null : `refused: needs ${neededSamples} samples, has ${samples}`;
    return {
      label,
      quantile,
      valueMs: enough ? value * slower : null,
      lowMs: enough ? value * slower - spread : null,
      highMs: enough ? value * slower + spread * 1.3 : null,
      samples,
      neededSamples,
      refused,
    };
  });
}

/** The last bin takes what rounding left over, so that the bins add up to the samples. */
function histogram(samples: number, slower: number): LatencyHistogram {
  const random = noise(7);
  const middle = 15 + Math.log(slower) * 37;
  const weights = Array.from(
    { length: BINS },
    (_, index) =>
      Math.exp(-((index - middle) ** 2) / 30) +
      (index > middle ? 0.02 * Math.exp((middle - index) / 9) * (0.6 + random()) : 0),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const counts = weights.map((weight) => Math.floor((weight / sum) * samples));
  counts[15] = (counts[15] ?? 0) + samples - counts.reduce((total, count) => total + count, 0);
  return { edgesMs: EDGES_MS, counts };
}

function report({ source, settings }: Pick<BenchmarkInput, "source" | "settings">, slower: number): BenchmarkReport {
  const { scenario } = settings;
  const samples = settings.samplesMax ?? 10_000;
  const rate = scenario.kind === "server" ? scenario.ratePerS : null;
  const random = noise(3);
  const atS = Array.from({ length: 240 }, (_, index) => index / 10);
  const medianMs = atS.map((at) => 0.54 * slower * (1 + Math.exp(-at * 2)) + random() * 0.02);
  return {
    model: nameOf(source),
    digest: hash(nameOf(source)),
    scenario,
    provider: {
      requested: ["CPUExecutionProvider"],
      placements: [{ provider: "CPUExecutionProvider", nodes: 61 }],
      fellBackToCpu: false,
    },
    batch: settings.rows ?? 1,
    threads: settings.threads,
    sessions: settings.sessions,
    warmupRuns: 384,
    warmupDropped: 0,
    samples,
    errors: 0,
    firstError: null,
    dropped: 0,
    confidence: 0.99,
    meanMs: 0.57 * slower,
    percentiles: percentiles(samples, slower),
    throughputPerS: rate ? rate * 0.999 : 1754.2 / slower,
    targetRatePerS: rate,
    sendError: rate ? { p50Us: 0.4, p99Us: 38.2, maxUs: 912 } : null,
    queue: rate ? { mean: 0.12, max: 6 } : null,
    loadMs: 212.4,
    durationMs: rate ? (samples / rate) * 1000 : samples * 0.57,
    histogram: histogram(samples, slower),
    steadiness: { steady: true, summary: "steady: no drift (+0.1 %), one mode, no step", findings: [], drift: 0.001 },
    trace: { atS, medianMs, maxMs: medianMs.map((ms) => ms * 1.8), warmUpEndsS: 2.1 },
    inputs: settings.rows ? "generated, seed 7" : "logged input example",
    fingerprint: FINGERPRINT,
    loadAtStart: 0.21,
    startedAtMs: Date.now() - 4_000,
  };
}

function difference(bound: PercentileBound, other: PercentileBound, margin: number): PercentileDifference {
  if (bound.valueMs === null || other.valueMs === null || bound.lowMs === null) {
    const refused = bound.refused ?? other.refused;
    const none = { differenceMs: null, lowMs: null, highMs: null, pValue: null, marginMs: null };
    return { label: bound.label, ...none, verdict: null, distribution: null, refused };
  }
  const value = bound.valueMs - other.valueMs;
  const reach = (bound.valueMs - bound.lowMs) * 1.4;
  const edgesMs = Array.from({ length: 41 }, (_, index) => value + ((index - 20) / 20) * reach * 1.6);
  const counts = edgesMs.slice(1).map((_, index) => Math.round(1600 * Math.exp(-((index - 19.5) ** 2) / 60)));
  return {
    label: bound.label,
    differenceMs: value,
    lowMs: value - reach,
    highMs: value + reach,
    pValue: value + reach < 0 ? 0.0032 : 0.084,
    marginMs: margin * other.valueMs,
    verdict: value + reach < 0 ? "faster" : "inconclusive",
    distribution: { edgesMs, counts },
    refused: null,
  };
}

function outcome(input: BenchmarkInput): BenchmarkOutcome {
  const subject = report(input, 1);
  if (!input.against) return { report: subject, against: null };
  const margin = input.against.margin ?? 0.05;
  const other = report({ source: input.against.source, settings: input.settings }, 1.13);
  return {
    report: subject,
    against: {
      report: other,
      blocks: 60,
      blockSamples: Math.floor(subject.samples / 60),
      draws: 20_000,
      confidence: 0.99,
      margin,
      differences: subject.percentiles.map((bound, index) =>
        difference(bound, other.percentiles[index] ?? bound, margin),
      ),
      samplesForShift: 18_309,
      agreement: { equal: false, maxAbs: 0.000012, differs: null },
    },
  };
}

const cancelled = new Set<string>();
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const ROUNDS = 20;

export const benchmarkHandlers = {
  benchmark_model: async ({
    input,
    progress,
  }: {
    input: BenchmarkInput;
    progress: { onmessage: (step: TaskProgress) => void };
  }) => {
    progress.onmessage({ step: "load", detail: "starting a worker and loading into ONNX Runtime", fraction: null });
    await pause(100);
    for (let round = 1; round <= ROUNDS; round += 1) {
      if (cancelled.has(input.taskId))
        throw {
          kind: "cancelled",
          message: "The benchmark was cancelled.",
          field: null,
          hint: null,
        } satisfies AppError;
      progress.onmessage({ step: "measuring", detail: `${round * 500} samples`, fraction: round / ROUNDS });
      await pause(40);
    }
    return outcome(input);
  },
  save_benchmark: () => "/home/quant/benchmark.json",
  compare_with_baseline: ({ report: now }: { report: BenchmarkReport }): BaselineComparison => {
    if (now.scenario.kind === "server")
      throw {
        kind: "invalid",
        message:
          "input 'baseline': was measured under other conditions and is not compared: cpu is Mock CPU 16-Core, was Mock CPU 8-Core; governor is performance, was powersave",
        field: "baseline",
        hint: null,
      } satisfies AppError;
    const claimed = now.percentiles.filter((bound) => bound.refused === null);
    return {
      model: now.model,
      digest: now.digest,
      startedAtMs: now.startedAtMs - 86_400_000,
      percentiles: claimed.map((bound) => ({
        label: bound.label,
        thenMs: (bound.valueMs ?? 0) * 1.01,
        nowMs: bound.valueMs ?? 0,
        verdict: "inconclusive" as const,
      })),
    };
  },
  pick_arrivals_file: () => "/data/ticks/es-2026-03-12.parquet",
  cancel_task: ({ taskId }: { taskId: string }) => {
    cancelled.add(taskId);
    return null;
  },
};
