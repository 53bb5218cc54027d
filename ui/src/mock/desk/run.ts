// Mock answers of the run bench. Every figure here is invented for the mock only.
import type {
  KeptRun,
  OutputPage,
  OutputSummary,
  OutputView,
  RunDataLook,
  RunModelInput,
  RunSetup,
  TaskProgress,
} from "@/bindings";
import { noise } from "./shared";

const setup: RunSetup = {
  inputs: [
    { name: "bars", kind: "FP32[N, 64, 30]", isTensor: true, isFloat: true, isText: false, indexLimit: null },
    { name: "symbol_id", kind: "INT64[N]", isTensor: true, isFloat: false, isText: false, indexLimit: 512 },
  ],
  generated: {
    seed: 7,
    rows: 256,
    dims: [],
    inputs: [
      { name: "bars", distribution: { kind: "normal", mean: 0, std: 1 }, nanShare: 0, infShare: 0 },
      { name: "symbol_id", distribution: { kind: "integers", low: 0, high: 511 }, nanShare: 0, infShare: 0 },
    ],
  },
  fixedRows: null,
  example: "input_example.json",
};

const LABELS = ["bear", "bull", "flat"];
const ROWS = 5_000;

const score = (row: number, column: number) => {
  const raw = LABELS.map((_, at) => Math.exp(1.4 * Math.sin(row / 90 + 2.1 * at) + 0.7 * noise(row * 3 + at)()));
  return (raw[column] as number) / raw.reduce((sum, each) => sum + each, 0);
};

function numeric(width: number): OutputSummary {
  const points = 500;
  const each = ROWS / points;
  const line = (column: number) =>
    Array.from({ length: points }, (_, at) => Array.from({ length: each }, (_, row) => score(at * each + row, column)));
  return {
    count: ROWS * width,
    nanCount: 2,
    infCount: 0,
    zeroCount: 0,
    min: 0.0183,
    max: 0.94117,
    mean: 1 / 3,
    std: 0.2147,
    histogram: {
      edges: Array.from({ length: 61 }, (_, at) => 0.0183 + (at * 0.9229) / 60),
      counts: Array.from({ length: 60 }, (_, at) => Math.round(620 * Math.exp(-at / 18) + 40 * noise(at)() + 60)),
    },
    classes: [],
    series: LABELS.slice(0, width).map((label, column) => ({
      label,
      low: line(column).map((values) => Math.min(...values)),
      high: line(column).map((values) => Math.max(...values)),
    })),
    seriesRows: each,
  };
}

const outputs: OutputView[] = [
  {
    name: "probabilities",
    datatype: "class scores",
    shape: [ROWS, 3],
    rows: ROWS,
    width: 3,
    columns: LABELS,
    arrays: LABELS.map((label) => `probabilities.${label}`),
    isText: false,
    summary: numeric(3),
  },
  {
    name: "label",
    datatype: "BYTES",
    shape: [ROWS],
    rows: ROWS,
    width: 1,
    columns: [],
    arrays: ["label"],
    isText: true,
    summary: {
      ...numeric(1),
      nanCount: 0,
      min: null,
      max: null,
      mean: null,
      std: null,
      histogram: null,
      series: [],
      count: ROWS,
      classes: [
        { label: "flat", count: 2114, share: 0.4228 },
        { label: "bull", count: 1702, share: 0.3404 },
        { label: "bear", count: 1184, share: 0.2368 },
      ],
    },
  },
];

const run = (): KeptRun => ({
  id: "mock-run",
  report: {
    source: "generated, seed 7",
    notes: ["ret_1: FP64 to FP32, 4,981 values rounded", "volume: INT64 to FP32, exact"],
    inputs: [{ name: "bars", datatype: "FP32", shape: [1024, 64, 30] }],
    outputs,
    rows: ROWS,
    runs: 5,
    batchRows: 1024,
    timings: { loadMs: 41, inputsMs: 18.4, runMs: 212.6, runMsMedian: 43.1, runMsMax: 51.9, outputsMs: 9.7 },
    provider: { requested: ["CPU"], placements: [{ provider: "CPU", nodes: 55, ops: [] }], warnings: [] },
  } as unknown as KeptRun["report"],
  worker: { pid: 4242, startMs: 38, overheadP50Us: 61, protections: [] },
  workerMemoryBytes: 131_072_000,
});

export const runHandlers = {
  run_setup: () => setup,
  pick_run_data: () => "/data/bars_2026-09.parquet",
  look_at_run_data: ({ file }: { file: string }): RunDataLook => ({
    path: file,
    format: "Parquet",
    rows: 1_000_000,
    columns: [
      { name: "bars", datatype: "FP32", note: null },
      { name: "symbol_id", datatype: "INT64", note: null },
    ],
    notes: ["the index that pandas stored is left out"],
    bindings: [
      { input: "bars", columns: ["bars"] },
      { input: "symbol_id", columns: ["symbol_id"] },
    ],
    problem: null,
  }),
  run_model: async ({
    progress,
  }: {
    input: RunModelInput;
    progress: { onmessage?: (step: TaskProgress) => void };
  }): Promise<KeptRun> => {
    for (let step = 1; step <= 5; step += 1) {
      await new Promise((done) => setTimeout(done, 60));
      progress.onmessage?.({ step: "run", detail: `${step * 1000} rows`, fraction: step / 5 });
    }
    return run();
  },
  read_run_output: (asked: { output: string; firstRow: number; rows: number }): OutputPage => ({
    firstRow: asked.firstRow,
    firstColumn: 0,
    rows: Array.from({ length: Math.min(asked.rows, ROWS - asked.firstRow) }, (_, at) => {
      const row = asked.firstRow + at;
      if (asked.output === "label") return [LABELS[row % 3] as string];
      return LABELS.map((_, column) => (row === 11 && column === 1 ? "nan" : String(Math.fround(score(row, column)))));
    }),
  }),
  save_run_outputs: ({ extension }: { extension: string }) => `/home/quant/outputs.${extension}`,
};
