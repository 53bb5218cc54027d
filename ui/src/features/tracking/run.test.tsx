import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";
import { resetPersistent } from "@/lib/persist";
import { renderDesk } from "@/mock/desk/render";
import { getRun, runDetail, searchRuns, trashRuns } from "@/mock/tracking";
import { compareRows } from "./compare/rows";
import { RunInspector } from "./inspector/RunInspector";
import { lineageOf } from "./inspector/RunLineage";
import { openedRun } from "./state";
import { TrashPage } from "./trash/TrashPage";

const found = searchRuns({ experimentIds: ["1"], filter: "", orderBy: [], maxResults: 9, pageToken: null }).runs;
const idOf = (name: string) => found.find((run) => run.name === name)?.runId ?? "";

beforeEach(() => {
  resetPersistent();
  openedRun.set(null);
});

test("the lineage leads from the run to its version; what is not there is dashed", () => {
  const opened: string[] = [];
  const registered = lineageOf(runDetail(idOf("hmm4-w64-prod")), (path) => opened.push(path));
  expect(registered.map((step) => step.key)).toEqual(["run", "logged", "version", "endpoint"]);
  expect(registered[2]?.name).toBe("regime-hmm-fx v12");
  expect(registered[3]?.absent).toBe(true);
  registered[1]?.onOpen?.();
  expect(opened).toEqual(["model/MLmodel"]);
  const plain = lineageOf(runDetail(found[2]?.runId ?? ""), () => {});
  expect(plain.map((step) => [step.key, step.absent ?? false])).toEqual([
    ["run", false],
    ["logged", false],
    ["version", true],
  ]);
});

test("a tag is added and a note written, and both are there afterwards", async () => {
  const user = userEvent.setup();
  const runId = found[3]?.runId ?? "";
  openedRun.set(runId);
  renderDesk(<RunInspector />);
  await user.click(await screen.findByTestId("tag-add"));
  await user.click(screen.getByTestId("tag-key"));
  await user.paste("reviewed");
  await user.click(screen.getByTestId("tag-value"));
  await user.paste("lead");
  await user.keyboard("{Enter}");
  await waitFor(() => expect(getRun(runId).tags).toContainEqual({ key: "reviewed", value: "lead" }));
  await user.click(screen.getByTestId("run-notes-edit"));
  await user.click(screen.getByTestId("run-notes-input"));
  await user.paste("**good**");
  await user.click(screen.getByTestId("run-notes-save"));
  await waitFor(() => expect(screen.getByTestId("run-notes").querySelector("strong")?.textContent).toBe("good"));
});

test("rows that differ are marked, equal ones are not", () => {
  const rows = compareRows(found.slice(0, 3));
  const row = (key: string) => rows.find((each) => each.key === key);
  expect(row("seed")?.differs).toBe(true);
  expect(row("features")?.differs).toBe(false);
  expect(row("desk")?.kind).toBe("tag");
  expect(rows.some((each) => each.key.startsWith("mlflow."))).toBe(false);
});

test("what was deleted stands in the trash with who did it, and comes back", async () => {
  const user = userEvent.setup();
  const run = found[5];
  trashRuns({ kind: "chosen", runIds: [run?.runId ?? ""] });
  renderDesk(<TrashPage />);
  const row = await screen.findByTestId("trashed-run");
  expect(row.textContent).toContain(run?.name);
  expect(row.textContent).toContain("by quant");
  expect(screen.getByText(/Nothing here is deleted for good/)).toBeTruthy();
  await user.click(within(row).getByTestId("trashed-check"));
  await user.click(screen.getByTestId("restore-runs"));
  await waitFor(() => expect(getRun(run?.runId ?? "").lifecycle).toBe("active"));
});
