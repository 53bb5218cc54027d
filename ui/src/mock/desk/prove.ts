// Mock answers of the Prove bench. Every figure here is invented for the mock only.
import type {
  CheckedTensor,
  ComparedRow,
  CompareOutputsInput,
  ComparisonReport,
  DeterminismReport,
  DivergenceInput,
  DivergenceReport,
  OutputMetrics,
  ProveSide,
  RepeatRunsInput,
  SideReport,
  TaskProgress,
} from "@/bindings";
import { noise } from "./shared";

type Tell = { onmessage: (step: TaskProgress) => void };
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function side({ source, optimisation, providers, threads }: ProveSide): SideReport {
  const path = String(("path" in source && source.path) || ("file" in source && source.file?.path) || "");
  const label = "name" in source ? `${source.name} v${source.version}` : path.replace(/.*\//, "");
  return {
    label,
    options: { providers, threads, optimisation, warmUpRuns: 0, poolSize: 1 },
    provider: { requested: providers, placements: [{ provider: "cpu", nodes: 61 }], fellBackToCpu: false },
    runtimeVersion: "1.30.0",
  };
}

const EXACT = { meanDifference: 0, meanAbs: 0, rms: 0, cosine: 1, snrDb: null, rankCorrelation: 1, rankRefused: null };

function output(name: string, rows: number, width: number, part: Partial<OutputMetrics>): OutputMetrics {
  const elements = rows * width;
  return {
    output: name,
    expected: name,
    label: false,
    rows,
    elements,
    finite: elements,
    within: elements,
    maxAbs: null,
    maxRel: null,
    ...EXACT,
    signFlips: 0,
    nanDisagreements: 0,
    infiniteDisagreements: 0,
    labelDisagreements: null,
    argmaxDisagreements: 0,
    histogram: { equal: elements, infinite: 0, edges: [], counts: [] },
    ...part,
  };
}

function probabilities(rows: number): OutputMetrics {
  const counts = Array.from({ length: 26 }, (_, at) => Math.round(rows * 0.2 * Math.exp(-((at - 9) ** 2) / 14)));
  counts[24] = 1;
  const used = counts.reduce((sum, count) => sum + count, 0);
  const at = { row: 617_342 % rows, element: 2, expected: "0.6134207", actual: "0.61642075" };
  return output("regime_probs", rows, 4, {
    expected: "regime_probs_0 to regime_probs_3",
    within: rows * 4 - 1,
    maxAbs: { ...at, value: 0.003_000_05 },
    maxRel: { ...at, value: 0.004_890_6 },
    meanDifference: 1.8e-10,
    meanAbs: 2.2e-8,
    rms: 1.5e-6,
    cosine: 0.999_999_999_99,
    snrDb: 109.4,
    rankCorrelation: 0.999_999_997,
    histogram: {
      equal: rows * 4 - used,
      infinite: 0,
      edges: Array.from({ length: 27 }, (_, bin) => 10 ** (-9 + bin / 4)),
      counts,
    },
  });
}

function worstRows(rows: number): ComparedRow[] {
  const random = noise(3);
  return Array.from({ length: 20 }, (_, at) => {
    const difference = at === 0 ? 0.003_000_05 : 3.4e-7 / (1 + at * 0.09);
    const expected = 0.2 + 0.6 * random();
    return {
      row: at === 0 ? 617_342 % rows : Math.floor(random() * rows),
      score: at === 0 ? 421.7 : 0.9 / (1 + at * 0.09),
      inputs: ["ret_1", "ret_5", "vol_10", "rsi_14", "spread_bps", "imbalance", "session"].map((name) => ({
        name,
        value: (random() * 2 - 1).toFixed(6),
      })),
      inputsLeftOut: 0,
      outputs: [0, 1, 2, 3].map((element) => ({
        output: "regime_probs",
        element,
        expected: (element === 2 ? expected : expected / (element + 2)).toFixed(7),
        actual: (element === 2 ? expected + difference : expected / (element + 2)).toFixed(7),
        difference: element === 2 ? difference : 0,
        within: at > 0 || element !== 2,
      })),
    };
  });
}

function comparison(input: CompareOutputsInput): ComparisonReport {
  const rows = input.rows.kind === "file" ? 1_000_000 : input.rows.rows;
  return {
    agreement: "different",
    reason: null,
    rows,
    rowsOutside: 1,
    batchRows: input.batchRows,
    tolerance: input.tolerance,
    actual: side(input.side),
    expected: input.against && side(input.against),
    inputs:
      input.rows.kind === "file" ? (input.rows.path.split("/").at(-1) ?? "") : `generated, seed ${input.rows.seed}`,
    outputs: [
      probabilities(rows),
      output("embedding", rows, 32, {}),
      output("label", rows, 1, {
        label: true,
        ...{ cosine: 1, rankCorrelation: 1 },
        labelDisagreements: 0,
        argmaxDisagreements: null,
      }),
    ],
    worstRows: worstRows(rows),
    outputsLeftOut: [],
    notes: input.against ? [] : ["regime_probs expected in regime_probs_0 to regime_probs_3"],
    tookMs: 8_412,
  };
}

function checked(nodeIndex: number, op: string, equal: boolean, maxAbs: number): CheckedTensor {
  return {
    tensor: `/tcn/block.${nodeIndex}/${op.toLowerCase()}_output_0`,
    node: `/tcn/block.${nodeIndex}/${op.toLowerCase()}`,
    op,
    nodeIndex,
    equal,
    elements: 2_097_152,
    outside: equal ? 0 : 41_207,
    maxAbs,
    maxRel: maxAbs * 3,
    shape: [256, 64, 128],
    element: equal ? null : 90_112,
    actual: equal ? null : "0.4183",
    expected: equal ? null : "0.4101",
  };
}

function divergence(input: DivergenceInput): DivergenceReport {
  const first = checked(5, "Conv", false, 8.2e-3);
  return {
    outcome: "found",
    actual: side(input.side),
    expected: side(input.against),
    tolerance: input.tolerance,
    inputs: "generated, seed 7",
    rows: input.sampleRows,
    output: "regime_probs",
    first,
    lastEqual: [checked(4, "Gelu", true, 0)],
    checked: [
      checked(1, "Conv", true, 0),
      checked(3, "LayerNormalization", true, 4e-8),
      checked(4, "Gelu", true, 0),
      first,
      checked(9, "Add", false, 0.012),
      checked(30, "GRU", false, 0.021),
    ],
    skipped: [],
    probes: 4,
    tensors: 61,
    tookMs: 1_240,
  };
}

const repeats = (input: RepeatRunsInput): DeterminismReport => ({
  deterministic: false,
  side: side(input.side),
  inputs: "generated, seed 7",
  rows: input.sampleRows,
  groups: input.threads.map((threads) => ({
    threads,
    repeats: input.repeats,
    sameEveryTime: true,
    sameAsFirstGroup: threads < 4,
    firstOutput: threads < 4 ? null : "regime_probs",
    firstRepeat: threads < 4 ? null : 1,
    maxAbs: threads < 4 ? 0 : 1.2e-7,
    elements: threads < 4 ? 0 : 311,
  })),
  tookMs: 2_310,
});

async function told(progress: Tell, what: (part: number) => string) {
  for (let step = 1; step <= 8; step += 1) {
    progress.onmessage({ step: "compare", detail: what(step / 8), fraction: step / 8 });
    await pause(40);
  }
}

export const proveHandlers = {
  compare_outputs: async ({ input, progress }: { input: CompareOutputsInput; progress: Tell }) => {
    await told(progress, (part) => `${Math.round(part * 1_000_000)} of 1000000`);
    return comparison(input);
  },
  find_divergence: async ({ input, progress }: { input: DivergenceInput; progress: Tell }) => {
    await told(progress, (part) => `${Math.round(61 - part * 60)} tensors may be the first`);
    return divergence(input);
  },
  repeat_runs: async ({ input, progress }: { input: RepeatRunsInput; progress: Tell }) => {
    await told(progress, (part) => `${Math.round(part * 60)} of 60`);
    return repeats(input);
  },
  pick_rows_file: () => "/data/fx/test_split.parquet",
  pick_runtime_library: () => "/opt/onnxruntime-1.32.0/lib/libonnxruntime.so.1.32.0",
};
