import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";
import { resetPersistent } from "@/lib/persist";
import { renderDesk } from "@/mock/desk/render";
import { getRun, runDetail, searchRuns, trashRuns } from "@/mock/tracking";
import { ExportDialog } from "./bulk/ExportDialog";
import { CompareRuns } from "./compare/CompareRuns";
import { compareRows } from "./compare/rows";
import { RunInspector } from "./inspector/RunInspector";
import { lineageOf } from "./inspector/RunLineage";
import { NOTE_TAG } from "./inspector/RunOverview";
import { comparedRuns, type ExperimentView, openedRun } from "./state";
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

test("a note that was not saved waits for one to come back, and is marked", async () => {
  const user = userEvent.setup();
  const [first, second] = [found[6]?.runId ?? "", found[7]?.runId ?? ""];
  openedRun.set(first);
  renderDesk(<RunInspector />);
  await user.click(await screen.findByTestId("run-notes-edit"));
  await user.click(screen.getByTestId("run-notes-input"));
  await user.paste("half a thought");
  expect(screen.getByTestId("run-notes-unsaved")).toBeTruthy();
  // Wider, another tab, another run: three places where it was lost.
  await user.click(screen.getByTestId("run-wide"));
  expect(screen.getByTestId("run-notes-input")).toHaveProperty("value", "half a thought");
  await user.click(screen.getByRole("tab", { name: /Artifacts/ }));
  expect(screen.getByRole("tab", { name: /Overview/ }).textContent).toContain("Note not saved");
  await user.click(screen.getByRole("tab", { name: /Overview/ }));
  act(() => openedRun.set(second));
  await screen.findByTestId("run-notes-edit");
  expect(screen.queryByTestId("run-notes-input")).toBeNull();
  act(() => openedRun.set(first));
  const input = await screen.findByTestId("run-notes-input");
  expect(input).toHaveProperty("value", "half a thought");
  expect(document.activeElement).not.toBe(input);
  await user.click(screen.getByTestId("run-notes-leave"));
  expect(screen.queryByTestId("run-notes-input")).toBeNull();
  await user.click(await screen.findByRole("button", { name: "Undo" }));
  await user.click(screen.getByTestId("run-notes-save"));
  await waitFor(() => expect(getRun(first).tags).toContainEqual({ key: NOTE_TAG, value: "half a thought" }));
  await waitFor(() => expect(screen.queryByTestId("run-notes-unsaved")).toBeNull());
});

test("an export says how many checked runs were left out", async () => {
  const user = userEvent.setup();
  const target = { experimentId: "1", filter: "", checked: ["a", "b", "c"], total: 36 };
  const view = { aggregate: "latest", sort: null } as ExperimentView;
  renderDesk(<ExportDialog target={target} view={view} columns={["metrics.ic"]} onClose={() => {}} />, {
    export_runs: () => ({ path: "/tmp/runs.csv", rows: 2, sizeBytes: 100 }),
  });
  await user.click(screen.getByTestId("confirm"));
  expect((await screen.findByTestId("toast")).textContent).toContain("1 run left out: gone, or in the trash.");
});

test("runs are compared though one of them is gone", async () => {
  renderDesk(<CompareRuns />, {
    get_run: ({ runId }) => {
      if (runId === "gone") throw { kind: "not_found", message: "Run with id=gone not found", field: null, hint: null };
      return getRun(runId);
    },
  });
  act(() => comparedRuns.set([found[0]?.runId ?? "", "gone", found[2]?.runId ?? ""]));
  expect(await screen.findByText("1 run left out: deleted for good")).toBeTruthy();
  expect(screen.getAllByTestId("compare-row").length).toBeGreaterThan(3);
  act(() => comparedRuns.set(null));
});

test("a folder's files are walked with the arrow keys", async () => {
  const user = userEvent.setup();
  openedRun.set(found[8]?.runId ?? "");
  renderDesk(<RunInspector />);
  await user.click(await screen.findByRole("tab", { name: /Artifacts/ }));
  const folder = await screen.findByTestId("artifact-folder");
  expect(folder.getAttribute("aria-expanded")).toBe("true");
  expect(screen.getAllByTestId("artifact-row").some((row) => row.dataset.path === "model/MLmodel")).toBe(true);
  folder.focus();
  await user.keyboard("{ArrowDown}");
  await waitFor(() => expect((document.activeElement as HTMLElement).dataset.path).toBe("model/MLmodel"));
  await user.keyboard("{ArrowLeft}");
  await waitFor(() => expect((document.activeElement as HTMLElement).dataset.path).toBe("model"));
  await user.keyboard("{ArrowLeft}");
  await waitFor(() => expect(screen.getByTestId("artifact-folder").getAttribute("aria-expanded")).toBe("false"));
  expect(screen.getAllByTestId("artifact-row").some((row) => row.dataset.path === "model/MLmodel")).toBe(false);
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

test("a list of deletions that is cut says of how many", async () => {
  const deletion = {
    trashId: "t1",
    path: "model/",
    ownerName: "regime-a1",
    runId: "r",
    files: 2,
    sizeBytes: 10,
    deletedAtMs: 1,
    deletedBy: "quant",
  };
  renderDesk(<TrashPage />, {
    list_trashed_artifacts: () => ({ deletions: [deletion], deletionCount: 501, fileCount: 1700 }),
  });
  const files = await screen.findByLabelText("Deleted files");
  expect(files.textContent).toContain("in 501 deletions; the last 1 are listed");
  expect(files.textContent).toMatch(/1.?700/);
});
