// Mock answers of the cost bench. Every figure here is invented for the mock only.
import type { DimSetting, MachineCeiling, ModelCost, NodeCost, TaskProgress } from "@/bindings";
import { FINGERPRINT } from "./shared";

const OPS: [string, number, number, number][] = [
  ["Conv", 13, 9_800_000, 150_000],
  ["GRU", 1, 21_500_000, 460_000],
  ["Gemm", 2, 780_000, 98_000],
  ["Gelu", 13, 41_000, 65_000],
  ["LayerNormalization", 12, 57_000, 66_000],
  ["Softmax", 1, 160, 64],
  ["Add", 7, 8_192, 98_000],
  ["Mul", 6, 8_192, 98_000],
  ["Transpose", 2, 0, 15_000],
  ["NonMaxSuppression", 1, -1, 4_000],
];

function modelCost(dims: readonly DimSetting[]): ModelCost {
  const rows = dims.find((dim) => dim.name === "N")?.value ?? 1;
  const nodes: NodeCost[] = OPS.flatMap(([op, count, flops, bytes], kind) =>
    Array.from({ length: count }, (_, at) => ({
      graph: 0,
      node: kind * 16 + at,
      name: `/tcn/block.${at}/${op.toLowerCase()}`,
      op,
      domain: "",
      output: `float32 [${rows}, 128, 64]`,
      macs: flops < 0 ? null : Math.floor((flops * rows) / 2),
      flops: flops < 0 ? null : flops * rows,
      bytesRead: bytes * rows + (op === "Conv" ? 327_680 : 0),
      bytesWritten: 32_768 * rows,
      parameters: op === "Conv" ? 81_920 : 0,
      times: 1,
      atMost: false,
      holds: false,
      unknown: flops < 0 ? "the work of NonMaxSuppression depends on the algorithm and on the values" : null,
    })),
  ).sort((a, b) => (b.flops ?? -1) - (a.flops ?? -1));
  const sum = (of: (node: NodeCost) => number | null) => nodes.reduce((total, node) => total + (of(node) ?? 0), 0);
  return {
    totals: {
      nodes: nodes.length,
      unknown: 1,
      macs: sum((node) => node.macs),
      flops: sum((node) => node.flops),
      atMost: false,
      bytesRead: sum((node) => node.bytesRead),
      bytesWritten: sum((node) => node.bytesWritten),
      unsizedNodes: 0,
      parameters: 1_204_480,
      weightBytes: 4_817_920,
      activations: { bytes: 394_000 * rows, node: 30, name: "/tcn/block.4/add", unsizedTensors: 0 },
    },
    ops: OPS.map(([op, count, flops, bytes]) => ({
      op,
      domain: "",
      count,
      unknown: flops < 0 ? count : 0,
      macs: Math.max(0, Math.floor((flops * rows * count) / 2)),
      flops: Math.max(0, flops * rows * count),
      bytes: (bytes * rows + 32_768 * rows + (op === "Conv" ? 327_680 : 0)) * count,
      parameters: op === "Conv" ? 81_920 * count : 0,
    })).sort((a, b) => b.flops - a.flops),
    nodes,
    nodeCount: nodes.length,
    graphs: [[]],
    byGraph: [{ way: [], nodes: nodes.map((node) => node.node), flops: nodes.map((node) => node.flops ?? 0) }],
    dims: [{ name: "N", value: rows }],
    shapes: { runtimeVersion: "1.30.0", problem: null },
  };
}

const ceiling = (): MachineCeiling => ({
  flopsPerS: 602e9,
  bytesPerS: 54e9,
  ridgeFlopsPerByte: 602 / 54,
  fingerprint: FINGERPRINT,
  measuredAtMs: Date.now() - 86_400_000,
});

export const costHandlers = {
  model_cost: ({ input }: { input: { dims: DimSetting[] } }) => modelCost(input.dims),
  infer_shapes: () => ({ runtimeVersion: "1.30.0", problem: null }),
  machine_ceiling: ceiling,
  model_compatibility: () => ({
    runtimeVersion: "1.30.0",
    opsets: [
      { domain: "ai.onnx", version: 18, newest: 26, sinceRuntime: "1.14" },
      { domain: "ai.onnx.ml", version: 3, newest: 5, sinceRuntime: null },
    ],
    missing: [],
    complete: true,
    problem: null,
  }),
  save_weight: ({ tensor }: { tensor: string }) => `/home/quant/${tensor}.npy`,
  survey_weights: async ({ progress }: { progress: { onmessage: (step: TaskProgress) => void } }) => {
    for (const fraction of [0.3, 0.6, 0.9]) {
      progress.onmessage({ step: "read", detail: "", fraction });
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    return Array.from({ length: 13 }, (_, at) => ({
      name: `block.${at}.weight`,
      count: 81_920,
      zeros: at * 320,
      nan: at === 4 ? 2 : 0,
      infinite: 0,
      min: -0.298 - at / 100,
      max: 0.311 + at / 90,
      mean: 0.0004 * at,
      std: 0.079 + at / 1000,
      outlierChannels: at === 0 ? 2 : 0,
      problem: at === 9 ? "'block.9.weight': model.onnx.data is missing" : null,
    }));
  },
};
