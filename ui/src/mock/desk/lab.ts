// Mock answers of inspection and benchmark. Every figure here is invented for the mock only.
import type { AppError, BenchmarkReport, ModelReport, NodeInfo, PercentileBound, TaskProgress } from "@/bindings";
import { versionIn } from "./registry";
import { FINGERPRINT, hash, noise } from "./shared";

const OPS: [string, string, number][] = [
  ["Conv", "ai.onnx", 13],
  ["Gelu", "ai.onnx", 13],
  ["LayerNormalization", "ai.onnx", 12],
  ["Add", "ai.onnx", 7],
  ["Mul", "ai.onnx", 6],
  ["Gemm", "ai.onnx", 2],
  ["Transpose", "ai.onnx", 2],
  ["GRU", "ai.onnx", 1],
  ["Softmax", "ai.onnx", 1],
  ["TreeEnsembleClassifier", "ai.onnx.ml", 1],
];

function report(path: string): ModelReport {
  const nodes: NodeInfo[] = OPS.flatMap(([op, domain, count]) =>
    Array.from({ length: count }, (_, index) => ({
      name: `/tcn/block.${index}/${op.toLowerCase()}`,
      op,
      domain,
      inputs: [`x${index}`, `block.${index}.weight`],
      outputs: [`y${index}`],
      attributes:
        op === "Conv"
          ? [
              { key: "kernel_shape", value: "[5]" },
              { key: "pads", value: "[4, 0]" },
            ]
          : [],
    })),
  );
  const initializers = Array.from({ length: 13 }, (_, index) => ({
    name: `block.${index}.weight`,
    elementType: "float32",
    dims: [128, 128, 5],
    sizeBytes: 327_680 - index * 1024,
    external: index === 0 ? "model.onnx.data" : null,
  }));
  return {
    fileName: path.split("/").at(-1) ?? path,
    path,
    sizeBytes: 4_841_220,
    tookUs: 4_120,
    irVersion: 10,
    producer: "pytorch",
    producerVersion: "2.9.0",
    domain: "",
    modelVersion: 0,
    docString: "",
    graphName: "main_graph",
    opsets: [
      { domain: "ai.onnx", version: 18 },
      { domain: "ai.onnx.ml", version: 3 },
    ],
    inputs: [
      { name: "bars", elementType: "float32", dims: ["N", "64", "30"] },
      { name: "symbol_id", elementType: "int64", dims: ["N"] },
    ],
    outputs: [
      { name: "regime_probs", elementType: "float32", dims: ["N", "4"] },
      { name: "embedding", elementType: "float32", dims: ["N", "32"] },
    ],
    ops: OPS.map(([op, domain, count]) => ({ op, domain, count })),
    nodes,
    nodeCount: nodes.length,
    initializers,
    initializerCount: 13,
    parameterCount: 1_204_480,
    weightBytes: 4_817_920,
    metadata: [
      { key: "framework", value: "pytorch" },
      { key: "git", value: "80a3810" },
    ],
    externalFiles: [{ location: "model.onnx.data", sizeBytes: null, exists: false }],
    functions: [],
    warnings: ["External data file model.onnx.data is missing; the weights it holds cannot be read."],
  };
}

function percentile(
  label: string,
  quantile: number,
  value: number,
  spread: number,
  needed: number,
  samples: number,
): PercentileBound {
  const enough = samples >= needed;
  return {
    label,
    quantile,
    valueMs: enough ? value : null,
    lowMs: enough ? value - spread : null,
    highMs: enough ? value + spread * 1.3 : null,
    samples,
    neededSamples: needed,
    refused: enough
      ? null
      : `refused: needs ${needed.toLocaleString("en-US")} samples, has ${samples.toLocaleString("en-US")}`,
  };
}

/** The last bin takes what rounding left over, so that the bins add up to the samples. */
function scaled(counts: number[], samples: number): number[] {
  const sum = counts.reduce((total, count) => total + count, 0);
  const out = counts.map((count) => Math.floor((count / sum) * samples));
  out[12] = (out[12] ?? 0) + samples - out.reduce((total, count) => total + count, 0);
  return out;
}

function benchmark(name: string, version: number, durationMs: number, threads: number): BenchmarkReport {
  const random = noise(7);
  const samples = Math.round(durationMs * 2.4);
  const edgesMs = Array.from({ length: 61 }, (_, index) => 0.32 * 40 ** (index / 60));
  const counts = Array.from({ length: 60 }, (_, index) =>
    Math.round(samples * 0.09 * Math.exp(-((index - 10) ** 2) / 14) + (index > 14 ? samples * 0.0009 * random() : 0)),
  );
  return {
    model: name,
    digest: hash(`${name}-${version}`),
    provider: {
      requested: ["CPUExecutionProvider"],
      placements: [{ provider: "CPUExecutionProvider", nodes: 61 }],
      fellBackToCpu: false,
    },
    batch: 1,
    threads,
    warmupRuns: 50,
    samples,
    confidence: 0.99,
    meanMs: 0.57,
    percentiles: [
      percentile("p50", 0.5, 0.541, 0.004, 8, samples),
      percentile("p90", 0.9, 0.702, 0.012, 64, samples),
      percentile("p95", 0.95, 0.81, 0.02, 130, samples),
      percentile("p99", 0.99, 1.122, 0.08, 662, samples),
      percentile("p99.9", 0.999, 1.41, 0.2, 6636, samples),
      percentile("p99.99", 0.9999, 1.5, 0.2, 66_400, samples),
    ],
    throughputPerS: 1754.2,
    loadMs: 212.4,
    durationMs,
    histogram: { edgesMs, counts: scaled(counts, samples) },
    inputs: "logged input example",
    fingerprint: FINGERPRINT,
    startedAtMs: Date.now() - durationMs,
  };
}

const cancelled = new Set<string>();
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export const labHandlers = {
  inspect_file: ({ path }: { path: string }) => {
    if (path.includes("broken")) {
      throw {
        kind: "invalid",
        message: `${path.split("/").at(-1)} is not an ONNX model: field 7 (graph) announces 91,204 bytes but only 512 are left in the file.`,
        field: null,
        hint: "The file may have been cut while it was copied.",
      } satisfies AppError;
    }
    return report(path);
  },
  inspect_model_version: ({ input }: { input: { name: string; version: number } }) => {
    versionIn(input.name, input.version);
    return report(`mlflow-artifacts:/1/models/${input.name}/model.onnx`);
  },
  benchmark_model_version: async ({
    input,
    progress,
  }: {
    input: { name: string; version: number; durationMs: number; threads: number; taskId: string };
    progress: { onmessage: (step: TaskProgress) => void };
  }) => {
    const rounds = 20;
    progress.onmessage({ step: "Load", detail: "61 nodes on CPU", fraction: null });
    await pause(200);
    for (let round = 1; round <= rounds; round += 1) {
      if (cancelled.has(input.taskId))
        throw {
          kind: "cancelled",
          message: "The benchmark was cancelled.",
          field: null,
          hint: null,
        } satisfies AppError;
      progress.onmessage({
        step: "Measure",
        detail: `${(round * input.durationMs * 0.12).toFixed(0)} runs`,
        fraction: round / rounds,
      });
      await pause(input.durationMs / rounds / 4);
    }
    return benchmark(input.name, input.version, input.durationMs, input.threads);
  },
  cancel_task: ({ taskId }: { taskId: string }) => {
    cancelled.add(taskId);
    return null;
  },
};
