// A mock answer of the diff bench. Every figure here is invented for the mock only.
import type { ModelDiff, WeightChange } from "@/bindings";

const moved = (name: string, l2: number): WeightChange => ({
  change: "changed",
  scope: "",
  name,
  left: "float32 [128, 128, 5]",
  right: "float32 [128, 128, 5]",
  count: 81_920,
  figures: { differing: 81_874, broken: 0, absMax: l2 * 0.9, relMax: 2, l2Relative: l2 },
  problem: null,
});

const side = (version: number, nodes: number, parameters: number) => ({
  path: `/home/quant/models/v${version}/model.onnx`,
  fileName: "model.onnx",
  sizeBytes: parameters * 4 + 24_300,
  nodeCount: nodes,
  parameterCount: parameters,
  weightBytes: parameters * 4,
});

export const MODEL_DIFF: ModelDiff = {
  left: side(12, 58, 1_204_352),
  right: side(14, 59, 1_204_480),
  equal: false,
  tookUs: 8_420,
  facts: [
    { what: "opset ai.onnx", left: "17", right: "18" },
    { what: "metadata git", left: "80a3810", right: "f21c9de" },
    { what: "metadata trained_until", left: null, right: "2026-10-31" },
  ],
  ports: [
    {
      side: "output",
      name: "regime_probs",
      left: "float32 [N, 4]",
      right: "float32 [N, 5]",
      breaking: true,
      why: "another size",
    },
    {
      side: "output",
      name: "embedding",
      left: null,
      right: "float32 [N, 32]",
      breaking: false,
      why: "callers need not read it",
    },
  ],
  ops: [
    { op: "Gelu", left: 12, right: 13 },
    { op: "Relu", left: 1, right: 0 },
  ],
  nodes: [
    {
      change: "removed",
      scope: "",
      name: "/head/relu",
      op: "Relu",
      leftNode: 55,
      rightNode: null,
      details: [{ what: "input 0", left: "/head/norm_out", right: "" }],
    },
    {
      change: "added",
      scope: "",
      name: "/head/gelu",
      op: "Gelu",
      leftNode: null,
      rightNode: 55,
      details: [
        { what: "input 0", left: "", right: "/head/norm_out" },
        { what: "approximate", left: "", right: "tanh" },
      ],
    },
    {
      change: "changed",
      scope: "",
      name: "/tcn/block.3/conv1",
      op: "Conv",
      leftNode: 21,
      rightNode: 21,
      details: [
        { what: "dilations", left: "[4]", right: "[8]" },
        { what: "pads", left: "[16, 0]", right: "[32, 0]" },
      ],
    },
  ],
  nodesLeftOut: 0,
  nodesSame: 56,
  nodesAdded: 1,
  nodesRemoved: 1,
  nodesChanged: 1,
  nodesRenamed: 4,
  weights: [
    {
      change: "changed",
      scope: "",
      name: "head.weight",
      left: "float32 [4, 128]",
      right: "float32 [5, 128]",
      count: 640,
      figures: null,
      problem: null,
    },
    moved("block.1.weight", 0.0421),
    moved("block.3.weight", 0.0312),
    moved("stem.weight", 0.0045),
  ],
  weightsLeftOut: 0,
  weightsSame: 9,
  weightsAdded: 0,
  weightsRemoved: 0,
  weightsChanged: 4,
  weightsRenamed: 0,
};

export const diffHandlers = { diff_models: () => MODEL_DIFF };
