import { describe, expect, it } from "vitest";
import type { ModelVersion, StageTransition } from "@/lib/api";
import { fitColumns, metricColumns, orderedMetrics } from "./columns";
import { MOVES, moveLabel, moveTo, occupants, standingText } from "./stages";
import { everInProduction, histories, productionAt, stagedRows, timeTicks } from "./timeline";

const version = (number: number, stage: ModelVersion["stage"], createdAtMs = 0): ModelVersion => ({
  name: "m",
  version: number,
  stage,
  legalMoves: [],
  aliases: [],
  runId: null,
  runName: null,
  experimentId: null,
  description: "",
  source: "",
  digest: null,
  sizeBytes: null,
  createdAtMs,
  updatedAtMs: 0,
  status: "READY",
  tags: [],
  metrics: [],
  gate: null,
});

describe("stages", () => {
  it("knows the seven moves and no other", () => {
    expect(MOVES.map((move) => `${move.from} ${move.verb} ${move.to}`)).toEqual([
      "None Promote Staging",
      "Staging Promote Production",
      "Production Archive Archived",
      "None Archive Archived",
      "Staging Demote None",
      "Production Rollback Staging",
      "Archived Restore Staging",
    ]);
  });

  it("names a move the way a button says it", () => {
    expect(moveLabel({ to: "Staging", verb: "Promote", lifecycle: true })).toBe("Promote to Staging");
    expect(moveLabel({ to: "Archived", verb: "Archive", lifecycle: true })).toBe("Archive");
  });

  it("asks about a move that the lifecycle does not have as one outside of it", () => {
    const legalMoves = [{ to: "Staging", verb: "Promote", lifecycle: true } as const];
    const here = { ...version(1, "None"), legalMoves };
    expect(moveTo(here, "Staging")).toEqual(legalMoves[0]);
    expect(moveTo(here, "Production")).toEqual({ to: "Production", verb: "Promote", lifecycle: false });
  });

  it("puts the selected version first in its node", () => {
    const standing = occupants([version(3, "None"), version(7, "None"), version(5, "Staging")]);
    expect(standingText(standing.None, 3)).toEqual({ lead: "v3", more: "1 more" });
    expect(standingText(standing.Staging, 3)).toEqual({ lead: "v5", more: "" });
    expect(standingText(standing.Archived, 3)).toEqual({ lead: "empty", more: "" });
  });
});

describe("history", () => {
  const moves: StageTransition[] = [
    { version: 1, from: "Staging", to: "Production", actor: "a", reason: "", atMs: 200 },
    { version: 1, from: "None", to: "Staging", actor: "a", reason: "", atMs: 100 },
    { version: 1, from: "Production", to: "Archived", actor: "a", reason: "", atMs: 500 },
    { version: 2, from: "None", to: "Staging", actor: "a", reason: "", atMs: 300 },
    { version: 2, from: "Staging", to: "Production", actor: "a", reason: "", atMs: 500 },
  ];
  const rows = histories(
    [version(1, "Archived", 10), version(2, "Production", 250), version(3, "None", 600)],
    moves,
    900,
  );

  it("rebuilds who stood where from the transitions", () => {
    expect(rows.map((row) => row.version)).toEqual([3, 2, 1]);
    expect(rows[2]?.spans).toEqual([
      { stage: "None", fromMs: 10, toMs: 100 },
      { stage: "Staging", fromMs: 100, toMs: 200 },
      { stage: "Production", fromMs: 200, toMs: 500 },
      { stage: "Archived", fromMs: 500, toMs: 900 },
    ]);
  });

  it("answers which version was in Production on a date", () => {
    expect(productionAt(rows, 50)).toEqual([]);
    expect(productionAt(rows, 350)).toEqual([1]);
    expect(productionAt(rows, 700)).toEqual([2]);
    expect(everInProduction(rows)).toBe(true);
  });

  it("keeps what a deleted version did, even when no version is left", () => {
    const gone: StageTransition = { version: 2, from: "Production", to: "None", actor: "a", reason: "", atMs: 800 };
    const left = histories([], [...moves, gone], 900);
    expect(left.map((row) => row.version)).toEqual([2, 1]);
    expect(everInProduction(left)).toBe(true);
    expect(stagedRows(left).map((row) => row.version)).toEqual([2, 1]);
    expect(productionAt(left, 700)).toEqual([2]);
    expect(productionAt(left, 850)).toEqual([]);
  });

  it("draws only versions that ever left None", () => {
    expect(stagedRows(rows).map((row) => row.version)).toEqual([2, 1]);
  });

  it("puts round marks on the axis, in UTC", () => {
    const from = Date.UTC(2026, 0, 1, 9, 50);
    expect(timeTicks(from, from + 40 * 60_000, 4).map((tick) => tick.label)).toEqual(["10:00", "10:15", "10:30"]);
  });
});

describe("metric columns", () => {
  const carrying = (...keys: string[]): ModelVersion => ({
    ...version(1, "None"),
    metrics: keys.map((key) => ({ key, latest: 1, latestStep: 0, latestAtMs: 0, min: 1, max: 1, count: 1 })),
  });

  it("puts held-out quality before bookkeeping", () => {
    expect(metricColumns([carrying("best_epoch", "train_loss", "val_loss", "test_accuracy", "fit_seconds")])).toEqual([
      "test_accuracy",
      "val_loss",
      "train_loss",
      "best_epoch",
      "fit_seconds",
    ]);
  });

  it("keeps a choice and forgets what is gone", () => {
    expect(orderedMetrics(["a", "b"], ["b", "gone"])).toEqual(["b"]);
    expect(orderedMetrics(["a", "b"], ["gone"])).toEqual(["a", "b"]);
  });

  it("gives up columns before the run name becomes unreadable", () => {
    expect(fitColumns(440, 12)).toEqual({ metrics: 0, size: false, alias: false });
    expect(fitColumns(590, 12)).toEqual({ metrics: 1, size: false, alias: false });
    expect(fitColumns(860, 12)).toEqual({ metrics: 2, size: true, alias: true });
    expect(fitColumns(1100, 1)).toEqual({ metrics: 1, size: true, alias: true });
  });
});
