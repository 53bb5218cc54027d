import { expect, test, vi } from "vitest";
import { getRun, searchRuns } from "@/mock/tracking";
import type { ExperimentView } from "../state";
import { rowMenu } from "./rowMenu";

const view = { filter: "metrics.ic > 0", baseline: null } as ExperimentView;
const [first] = searchRuns({ experimentIds: ["1"], filter: "", orderBy: [], maxResults: 1, pageToken: null }).runs;
const run = getRun(first?.runId ?? "");

const labels = (columnId: string) =>
  rowMenu(run, columnId, view, () => {}).flatMap((entry) =>
    typeof entry === "object" && "label" in entry ? entry.label : [],
  );

test("a parameter under the pointer can be filtered to or excluded", () => {
  expect(labels("params.window")).toEqual([
    "Open run",
    "Draw only this run",
    "Set as baseline",
    "Copy run id",
    "Filter to window = 64",
    "Exclude window = 64",
    "Move to trash",
  ]);
  expect(labels("metrics.ic")).toHaveLength(5);
});

test("the clause joins the filter that is there", () => {
  const change = vi.fn();
  const exclude = rowMenu(run, "params.window", view, change).find(
    (entry) => typeof entry === "object" && "label" in entry && entry.label.startsWith("Exclude"),
  );
  if (typeof exclude === "object" && "onSelect" in exclude) exclude.onSelect();
  expect(change).toHaveBeenCalledWith({ filter: "metrics.ic > 0 and params.window != '64'" });
});
