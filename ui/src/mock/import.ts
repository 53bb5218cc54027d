// A source to bring in, and what came of it: shapes for tests and pictures.
import type { ImportPreview, ImportReport, ImportTally } from "@/lib/api";

const tally = (part: Partial<ImportTally>): ImportTally => ({
  brought: 0,
  updated: 0,
  unchanged: 0,
  leftOut: 0,
  ...part,
});

export const previewImport = (input: { from: string }): ImportPreview => ({
  source: input.from,
  sourceKind: "MLflow 3.17.2",
  experiments: [
    { name: "Default", deleted: false, runs: 0 },
    { name: "trends", deleted: false, runs: 135 },
    { name: "carry", deleted: false, runs: 67 },
    { name: "given up", deleted: true, runs: 1 },
  ],
  runs: 203,
  loggedModels: 2,
  models: 3,
  versions: 5,
  notes: [
    {
      subject: "experiment 'trends'",
      message: "an experiment of this name is here already; its runs are added to it",
    },
  ],
  problems: [],
  problemsLeftOut: 0,
});

export const runImport = (input: { from: string }): ImportReport => ({
  reportId: "r1",
  source: input.from,
  sourceKind: "MLflow 3.17.2",
  outcome: "finished",
  error: null,
  startedAtMs: 1_700_000_000_000,
  endedAtMs: 1_700_000_012_500,
  experiments: tally({ brought: 4 }),
  runs: tally({ brought: 202, leftOut: 1 }),
  loggedModels: tally({ brought: 2 }),
  models: tally({ brought: 3 }),
  versions: tally({ brought: 5 }),
  points: 9_924,
  artifacts: 174,
  artifactBytes: 197_734,
  notes: [],
  problems: [
    { subject: "/data/mlruns/1/4f2a/meta.yaml:2", message: "invalid indentation in quoted scalar" },
    { subject: "run 9c1d", message: "its files stand at s3://bucket/far, which this machine cannot read" },
  ],
  problemsLeftOut: 0,
});
