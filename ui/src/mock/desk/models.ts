// Mock models and versions to begin with. Every figure here is invented for the mock only.
import type { GateSummary, Stage } from "@/bindings";

export type Seed = {
  version: number;
  stage: Stage;
  run: string;
  ageDays: number;
  auc: number;
  loss: number;
  sizeBytes: number;
  gate: GateSummary["verdict"] | null;
  aliases?: string[];
};

export const SEEDS: Record<
  string,
  { description: string; tags: [string, string][]; versions: Seed[]; moves: [number, Stage, Stage, string, number][] }
> = {
  "regime-hmm-fx": {
    description: "Four-state regime classifier on one-minute FX bars",
    tags: [
      ["desk", "fx"],
      ["horizon", "15m"],
    ],
    versions: [
      {
        version: 14,
        stage: "None",
        run: "hmm4-w64-s3",
        ageDays: 0.015,
        auc: 0.8712,
        loss: 0.3317,
        sizeBytes: 4_841_220,
        gate: "pass",
        aliases: ["challenger"],
      },
      {
        version: 13,
        stage: "Staging",
        run: "gru64-w48-do20",
        ageDays: 2.2,
        auc: 0.8655,
        loss: 0.3402,
        sizeBytes: 6_880_114,
        gate: "pass",
      },
      {
        version: 12,
        stage: "Production",
        run: "hmm4-w64-prod",
        ageDays: 63,
        auc: 0.8591,
        loss: 0.3488,
        sizeBytes: 4_830_020,
        gate: "pass",
        aliases: ["champion"],
      },
      {
        version: 11,
        stage: "Archived",
        run: "hmm4-w48-r2",
        ageDays: 143,
        auc: 0.8522,
        loss: 0.3551,
        sizeBytes: 4_811_004,
        gate: "pass",
      },
      {
        version: 10,
        stage: "None",
        run: "xf4-w128-r1",
        ageDays: 151,
        auc: 0.8604,
        loss: 0.3391,
        sizeBytes: 21_402_118,
        gate: "fail",
      },
      {
        version: 9,
        stage: "Archived",
        run: "hmm4-w64-r0",
        ageDays: 238,
        auc: 0.8488,
        loss: 0.3602,
        sizeBytes: 4_829_900,
        gate: "pass",
      },
      {
        version: 7,
        stage: "None",
        run: "tcn6-w96-r2",
        ageDays: 322,
        auc: 0.8477,
        loss: 0.3617,
        sizeBytes: 9_120_400,
        gate: "inconclusive",
      },
      {
        version: 6,
        stage: "Archived",
        run: "hmm3-w64-r1",
        ageDays: 398,
        auc: 0.8391,
        loss: 0.3711,
        sizeBytes: 2_970_000,
        gate: null,
      },
    ],
    moves: [
      [13, "None", "Staging", "two-week shadow", 2],
      [12, "None", "Staging", "candidate of the September retrain", 75],
      [12, "Staging", "Production", "beats v11 out of sample", 61],
      [11, "Production", "Archived", "replaced by v12", 61],
      [11, "Staging", "Production", "passes the walk-forward", 128],
      [11, "None", "Staging", "candidate", 141],
      [9, "Production", "Archived", "replaced by v11", 128],
      [9, "Staging", "Production", "first with GRU encoder", 228],
      [9, "None", "Staging", "candidate", 236],
      [6, "None", "Archived", "superseded", 390],
    ],
  },
  "carry-gru-g10": {
    description: "",
    tags: [["desk", "rates"]],
    versions: [
      {
        version: 8,
        stage: "None",
        run: "carry-gru-8",
        ageDays: 5,
        auc: 0.61,
        loss: 0.66,
        sizeBytes: 1_220_400,
        gate: null,
      },
      {
        version: 7,
        stage: "Production",
        run: "carry-gru-7",
        ageDays: 40,
        auc: 0.606,
        loss: 0.664,
        sizeBytes: 1_218_004,
        gate: "pass",
      },
    ],
    moves: [
      [7, "None", "Staging", "candidate", 36],
      [7, "Staging", "Production", "steady for a month", 33],
    ],
  },
  "spread-fcst": {
    description: "",
    tags: [],
    versions: [
      {
        version: 1,
        stage: "None",
        run: "lgbm-spread-d6",
        ageDays: 0.2,
        auc: 0.57,
        loss: 0.69,
        sizeBytes: 88_104,
        gate: null,
      },
    ],
    moves: [],
  },
};
