// Mock answers of inspection. Every figure here is invented for the mock only.
import type { AppError, ModelReport, NodeInfo } from "@/bindings";
import { benchmarkHandlers } from "./benchmark";
import { versionIn } from "./registry";

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
  ...benchmarkHandlers,
};
