import { describe, expect, test } from "vitest";
import type { MetricSeries, Run, RunMetric } from "@/lib/api";
import { resetPersistent } from "@/lib/persist";
import { experimentTree, splitName } from "./browser/experimentTree";
import { pointsFor } from "./charts/points";
import { defaultCharts, isScore, reductionOf, rising, runLines, smooth, xValues } from "./charts/series";
import { ancestors, artifactRows, type Folder, openFolders, parentAt } from "./inspector/artifactRows";
import { orderBy, splitColumn } from "./queries";
import { changeExperimentView, drawnRuns, missingWhy, uncheckRuns } from "./state";
import { availableColumns, defaultColumns, delta } from "./table/columns";
import { addClause, clauseFor, filterTokens, refusedToken } from "./table/filterTokens";

const metric = (key: string, latest: number | string, more: Partial<RunMetric> = {}): RunMetric => ({
  key,
  latest,
  latestStep: 9,
  latestAtMs: 0,
  min: typeof latest === "number" ? latest - 1 : null,
  max: typeof latest === "number" ? latest + 1 : null,
  count: 10,
  ...more,
});

const run = (runId: string, startedAtMs: number, more: Partial<Run> = {}): Run => ({
  runId,
  experimentId: "1",
  name: runId,
  status: "FINISHED",
  lifecycle: "active",
  user: "quant",
  startedAtMs,
  endedAtMs: startedAtMs + 1000,
  artifactUri: "",
  params: [],
  tags: [],
  metrics: [],
  ...more,
});

const series = (more: Partial<MetricSeries> = {}): MetricSeries => ({
  runId: "a",
  key: "ic",
  totalPoints: 3,
  reduced: false,
  steps: [0, 1, 2],
  timesMs: [5000, 6000, 7000],
  values: [1, 2, 3],
  ...more,
});

describe("lines", () => {
  test("x is the step, the clock, or the time since the first point", () => {
    expect(xValues(series(), "step")).toEqual([0, 1, 2]);
    expect(xValues(series(), "wall")).toEqual([5, 6, 7]);
    expect(xValues(series(), "relative")).toEqual([0, 1, 2]);
  });

  test("repeated and disordered steps become a rising axis, the last value wins", () => {
    expect(rising({ x: [2, 0, 2], y: [1, 5, 9] })).toEqual({ x: [0, 2], y: [5, 9] });
  });

  test("smoothing starts at the first value and leaves gaps alone", () => {
    const smoothed = smooth({ x: [0, 1, 2, 3], y: [4, null, 4, 4] }, 0.9, 3);
    expect(smoothed[1]).toBeNull();
    for (const at of [0, 2, 3]) expect(smoothed[at]).toBeCloseTo(4, 10);
    expect(smooth({ x: [0, 1], y: [1, 2] }, 0, 1)).toEqual([1, 2]);
  });

  test("smoothing is over x: dense noise is calmed, ten epochs are left as they are", () => {
    const noisy = (count: number) => ({
      x: Array.from({ length: count }, (_, index) => index),
      y: Array.from({ length: count }, (_, index) => (index % 2 ? 1 : -1)),
    });
    const last = (count: number) => Math.abs(smooth(noisy(count), 0.6, count - 1).at(-1) ?? Number.NaN);
    expect(last(10)).toBeGreaterThan(0.999);
    expect(last(4000)).toBeLessThan(0.1);
  });

  test("a run without the metric has no line; a log axis drops zero and below", () => {
    const lines = runLines([series({ values: [-1, 0, 3] })], ["a", "b"], { axis: "step", smoothing: 0, logY: true });
    expect(lines).toEqual([{ runId: "a", raw: { x: [0, 1, 2], y: [null, null, 3] }, smoothed: null }]);
  });

  test("the reduction counts what is kept and what there was", () => {
    expect(reductionOf([series({ totalPoints: 1200, reduced: true }), series()])).toEqual({
      points: 1203,
      drawn: 6,
      reduced: true,
      zoomed: null,
    });
  });

  test("histories come first, then scores, housekeeping last", () => {
    const runs = [
      run("a", 1, {
        metrics: [
          metric("accuracy", 0.9, { count: 1 }),
          metric("lr", 0.1),
          metric("val_loss", 1),
          metric("system/cpu", 1),
        ],
      }),
    ];
    expect(defaultCharts(runs, 4)).toEqual(["val_loss", "accuracy", "lr"]);
    expect(isScore("accuracy", runs)).toBe(true);
  });
});

describe("table", () => {
  const runs = [
    run("a", 1, { metrics: [metric("ic", 0.5)], params: [{ key: "lr", value: "1" }] }),
    run("b", 2, { metrics: [metric("ic", "NaN")], params: [{ key: "lr", value: "2" }] }),
    run("c", 3, { metrics: [metric("ic", 0.25)] }),
  ];

  test("columns come from what was logged", () => {
    const available = availableColumns(runs, "latest");
    expect(available.slice(0, 2)).toEqual([
      { id: "metrics.ic", kind: "metric", key: "ic", digits: 4, chars: 6 },
      { id: "params.lr", kind: "param", key: "lr", numeric: true, uniform: false },
    ]);
    expect(defaultColumns(available)).toEqual([
      "metrics.ic",
      "params.lr",
      "attributes.duration",
      "attributes.start_time",
    ]);
  });

  test("the order is the tracking API's own", () => {
    expect(orderBy(null)).toEqual(["attributes.start_time DESC"]);
    expect(orderBy({ id: "metrics.val/loss", desc: false })).toEqual(["metrics.`val/loss` ASC"]);
    expect(orderBy({ id: "attributes.run_name", desc: true })).toEqual(["attributes.run_name DESC"]);
    expect(splitColumn("metrics.val.loss")).toEqual(["metrics", "val.loss"]);
  });

  test("the least and the greatest value order all runs, not the loaded ones", () => {
    const sort = { id: "metrics.val/loss", desc: true };
    expect(orderBy(sort, "max")).toEqual(["metrics_max.`val/loss` DESC"]);
    expect(orderBy({ id: "params.window", desc: false }, "min")).toEqual(["params.`window` ASC"]);
  });

  test("differences to a baseline need two finite values", () => {
    const [a, b, c] = runs as [Run, Run, Run];
    expect(delta(c, a, "ic", "latest")).toBe(-0.25);
    expect(delta(b, a, "ic", "latest")).toBeNull();
    expect(delta(c, a, "none", "latest")).toBeNull();
  });

  test("the newest runs are drawn until the user chooses", () => {
    expect(drawnRuns(runs, null).map((each) => each.runId)).toEqual(["c", "b", "a"]);
    expect(drawnRuns(runs, ["a", "gone"]).map((each) => each.runId)).toEqual(["a"]);
    expect(drawnRuns(runs, [])).toEqual([]);
  });
});

describe("filter", () => {
  test("finds the token that a refusal names by its place", () => {
    const tokens = filterTokens("metrics.`🚀` > abc and 1");
    const named = (message: string) => tokens[refusedToken(tokens, message)]?.text;
    expect(named("Invalid filter at position 15: expected a number without quotes")).toBe("abc");
    expect(named("Invalid filter at position 99: something is missing")).toBeUndefined();
    expect(named("the database does not answer")).toBeUndefined();
  });

  test("paints MLflow's syntax and loses no character", () => {
    const filter = "metrics.`val/loss` < 0.5 and params.window IN ('64', '32') or tags.desk =~ \"fx.*\" ?";
    const tokens = filterTokens(filter);
    expect(tokens.map((token) => token.text).join("")).toBe(filter);
    const of = (kind: string) => tokens.filter((token) => token.kind === kind).map((token) => token.text);
    expect(of("key")).toEqual(["metrics.`val/loss`", "params.window", "tags.desk"]);
    expect(of("joiner")).toEqual(["and", "or"]);
    expect(of("operator")).toEqual(["<", "IN", "=~"]);
    expect(of("value")).toEqual(["0.5", "'64'", "'32'", '"fx.*"']);
  });

  test("a doubled quote stands for one, and a backslash for itself, as the server reads them", () => {
    const values = (filter: string) =>
      filterTokens(filter).flatMap(({ kind, text }) => (kind === "value" || kind === "key" ? text : []));
    expect(values("tags.a = 'it''s' or tags.`b``c` = 'C:\\' and params.d = \"x\"\"y\"")).toEqual([
      "tags.a",
      "'it''s'",
      "tags.`b``c`",
      "'C:\\'",
      "params.d",
      '"x""y"',
    ]);
  });

  test("a clicked value becomes a clause", () => {
    expect(clauseFor("params", "window", "64", true)).toBe("params.window = '64'");
    expect(clauseFor("tags", "a b", "it's", false)).toBe("tags.`a b` != 'it''s'");
    expect(clauseFor("params", "a`b", "C:\\", true)).toBe("params.`a``b` = 'C:\\'");
    expect(addClause("", "x")).toBe("x");
    expect(addClause("metrics.ic > 0 ", "x")).toBe("metrics.ic > 0 and x");
  });

  test("a clause narrows the whole filter: what `or` joins is put in brackets first", () => {
    expect(addClause("a.x = 1 or a.y = 2", "x")).toBe("(a.x = 1 or a.y = 2) and x");
    expect(addClause("metrics.ic > 0 OR tags.desk = 'fx'", "x")).toBe("(metrics.ic > 0 OR tags.desk = 'fx') and x");
    for (const bound of [
      "(metrics.ic > 0 or metrics.ic < 1) and tags.desk = 'fx'",
      "tags.note = 'this or that'",
      "tags.or = 'a'",
      "tags.`this or that` = 'a'",
      "run_name = 'corridor'",
    ])
      expect(addClause(bound, "x")).toBe(`${bound} and x`);
  });
});

describe("checked runs that are not shown", () => {
  test("say why: the filter, a page that was not read yet, or gone", () => {
    expect(missingWhy("metrics.ic > 0", 3, 3, false)).toBe("hidden");
    expect(missingWhy("", 500, 900, false)).toBe("unloaded");
    expect(missingWhy(" ", 900, 900, false)).toBe("gone");
    expect(missingWhy("", 3, 3, true)).toBe("hidden");
  });

  test("what goes to the trash is unchecked everywhere, and checked again by Undo", () => {
    resetPersistent();
    changeExperimentView("1", { drawn: ["a", "b", "c"] });
    changeExperimentView("2", { drawn: ["d"], filter: "x" });
    const back = uncheckRuns(["b", "d"]);
    const drawn = () => JSON.parse(localStorage.getItem("drydock.tracking") ?? "{}");
    expect(drawn()).toEqual({ 1: { drawn: ["a", "c"] }, 2: { drawn: [], filter: "x" } });
    changeExperimentView("1", { drawn: ["a", "e"] });
    back();
    expect(drawn()).toEqual({ 1: { drawn: ["a", "e", "b"] }, 2: { drawn: ["d"], filter: "x" } });
  });
});

describe("how finely a line is asked for", () => {
  test("a bucket for each column of the screen, within bounds", () => {
    expect(pointsFor(0, 1, 1)).toBe(0);
    expect(pointsFor(420, 2, 1)).toBe(2 * 300 + 2);
    expect(pointsFor(900, 1, 1)).toBe(2 * 900 + 2);
    expect(pointsFor(520, 1, 2)).toBe(2 * 900 + 2);
    expect(pointsFor(2600, 1, 2)).toBe(2 * 1100 + 2);
  });
});

describe("files of a run", () => {
  const entry = (path: string, isDir = false) => ({
    path,
    name: path.split("/").at(-1) ?? path,
    isDir,
    sizeBytes: isDir ? null : 1,
    sha256: null,
  });
  const folders = new Map<string, Folder>([
    ["", { entries: [entry("b.csv"), entry("model", true), entry("plots", true)], error: null }],
    ["model", { entries: [entry("model/MLmodel"), entry("model/data", true)], error: null }],
    ["model/data", { entries: [], error: null }],
  ]);
  const open = ({ path }: { path: string }) => path.startsWith("model");

  test("stand in one list: open folders with what is in them, then files", () => {
    const rows = artifactRows(folders, open);
    expect(rows.map((row) => `${row.depth} ${row.kind} ${row.key}`)).toEqual([
      "0 folder model",
      "1 folder model/data",
      "2 empty empty model/data",
      "1 file model/MLmodel",
      "0 folder plots",
      "0 file b.csv",
    ]);
    expect(parentAt(rows, 3)).toBe(0);
    expect(parentAt(rows, 5)).toBe(5);
  });

  test("only folders that stand open are read", () => {
    const entriesOf = (path: string) => folders.get(path)?.entries;
    expect(openFolders(entriesOf, open)).toEqual(["", "model", "model/data"]);
    expect(openFolders(entriesOf, () => false)).toEqual([""]);
    expect(artifactRows(folders, () => true).find((row) => row.kind === "loading")?.key).toBe("loading plots");
    expect(ancestors("a/b/c.txt")).toEqual(["a", "a/b"]);
  });
});

describe("experiments", () => {
  const experiment = (name: string, runCount = 1) => ({
    experimentId: name,
    name,
    lifecycle: "active" as const,
    artifactLocation: "",
    createdAtMs: 0,
    updatedAtMs: 0,
    runCount,
    liveRunCount: 0,
    tags: [],
  });

  test("slashes make folders; a closed folder sums what it holds", () => {
    const all = [experiment("fx/carry/gru", 3), experiment("fx/regime", 2), experiment("Default")];
    const show = (closed: string[]) =>
      experimentTree(all, new Set(closed)).map((node) =>
        node.kind === "folder"
          ? `${"  ".repeat(node.depth)}${node.name}/ ${node.runCount}`
          : `${"  ".repeat(node.depth)}${node.name}`,
      );
    expect(show([])).toEqual(["fx/ 5", "  carry/ 3", "    gru", "  regime", "Default"]);
    expect(show(["fx"])).toEqual(["fx/ 5", "Default"]);
  });

  test("a name splits into folder and leaf", () => {
    expect(splitName("fx/carry/gru")).toEqual(["fx/carry", "gru"]);
    expect(splitName("Default")).toEqual(["", "Default"]);
  });
});
