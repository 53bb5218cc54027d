import { QueryClientProvider } from "@tanstack/react-query";
import { clearMocks } from "@tauri-apps/api/mocks";
import { act, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ToastProvider, TooltipProvider } from "@/components";
import { changeExperimentView } from "@/features/tracking/state";
import { createQueryClient } from "@/lib/cache";
import { resetPersistent } from "@/lib/persist";
import { installMock, mockHandlers } from "@/mock";
import { metricHistory, searchRuns } from "@/mock/tracking";
import { CommandPalette } from "./CommandPalette";
import { paletteOpen } from "./commands";
import { onnxIn } from "./DropZone";
import { LeftPanel } from "./LeftPanel";
import { matchCommands } from "./matchCommands";
import { TrainingPage } from "./TrainingPage";

// canvas and layout belong to the browser: here only what the page says about its data
vi.mock("@/components/chart/LineChart", () => ({
  LineChart: ({ label, series }: { label: string; series: unknown[] }) => (
    <div role="img" aria-label={label}>
      {series.length}
    </div>
  ),
}));

function show(page: React.ReactNode, empty = false, overrides: Parameters<typeof installMock>[0] = {}) {
  installMock({ ...mockHandlers(empty), ...overrides });
  return render(
    <QueryClientProvider client={createQueryClient()}>
      <TooltipProvider>
        <ToastProvider>{page}</ToastProvider>
      </TooltipProvider>
    </QueryClientProvider>,
  );
}

beforeEach(resetPersistent);
afterEach(clearMocks);

test("a chart asks for as many points as its width can show", async () => {
  const asked = new Set<number>();
  show(<TrainingPage />, false, {
    metric_history: ({ input }) => {
      asked.add(input.maxPoints);
      return metricHistory(input);
    },
  });
  await waitFor(() => expect(screen.getByLabelText("ic over step, 6 runs")).toBeDefined());
  // 1200 px, two charts beside each other: a little over 500 columns each.
  expect([...asked]).toEqual([2 * 600 + 2]);
});

test("checked runs that no page has brought are not called hidden, and a page that failed waits for a click", async () => {
  changeExperimentView("1", { drawn: ["far"] });
  let pages = 0;
  show(<TrainingPage />, false, {
    search_runs: ({ input }) => {
      if (input.pageToken === null) return { ...searchRuns(input), total: 900, nextPageToken: "2" };
      pages += 1;
      if (pages === 1) throw { kind: "io", message: "the disk did not answer", field: null, hint: null };
      return { runs: [], total: 36, nextPageToken: null };
    },
  });
  expect(await screen.findByText("The drawn runs are not loaded yet")).toBeDefined();
  expect((await screen.findByTestId("runs-missing")).textContent).toContain("1 of them not loaded yet");
  expect(screen.queryByText(/hidden by the filter/)).toBeNull();
  const again = await screen.findByRole("button", { name: "Try again" });
  expect(pages).toBe(1);
  fireEvent.click(again);
  fireEvent.click(await screen.findByRole("button", { name: "Uncheck them" }));
  expect(await screen.findByText("Check a run to draw it")).toBeDefined();
});

test("an empty workspace shows how to log to it", async () => {
  show(<TrainingPage />, true);
  expect(await screen.findByTestId("first-run")).toBeDefined();
  const card = await screen.findByTestId("log-to-me");
  expect(card.textContent).toContain('mlflow.set_tracking_uri("http://127.0.0.1:5000")');
  fireEvent.click(within(card).getByRole("radio", { name: ".env" }));
  expect(card.textContent).toContain("MLFLOW_TRACKING_URI=http://127.0.0.1:5000");
});

test("runs stand in the table, the newest are drawn, a click draws another", async () => {
  show(<TrainingPage />);
  const rows = await screen.findAllByTestId("run-row");
  expect(rows.length).toBeGreaterThan(10);
  const boxes = () => screen.getAllByTestId("run-checkbox").map((box) => box.getAttribute("aria-checked"));
  expect(boxes().slice(0, 8)).toEqual([...Array(6).fill("true"), "false", "false"]);
  await waitFor(() => expect(screen.getByLabelText("ic over step, 6 runs")).toBeDefined());
  fireEvent.click(screen.getAllByTestId("run-checkbox")[7] as HTMLElement);
  expect(boxes().slice(0, 8)).toEqual([...Array(6).fill("true"), "false", "true"]);
  await waitFor(() => expect(screen.getByLabelText("ic over step, 7 runs")).toBeDefined());
  expect(screen.getByTestId("reduction-note").textContent).toContain("7 of 7 runs drawn");
});

test("shift extends the selection", async () => {
  show(<TrainingPage />);
  await screen.findAllByTestId("run-row");
  const box = (index: number) => screen.getAllByTestId("run-checkbox")[index] as HTMLElement;
  fireEvent.click(box(7));
  fireEvent.click(box(10), { shiftKey: true });
  for (const index of [7, 8, 9, 10]) expect(box(index).getAttribute("aria-checked")).toBe("true");
  expect(box(6).getAttribute("aria-checked")).toBe("false");
});

test("a refused filter says why, and the last good rows stay", async () => {
  show(<TrainingPage />);
  await screen.findAllByTestId("run-row");
  const input = screen.getByTestId("filter-input");
  fireEvent.change(input, { target: { value: "metrics.ic bogus" } });
  fireEvent.keyDown(input, { key: "Enter" });
  const error = await screen.findByTestId("filter-error");
  expect(error.textContent).toContain('Cannot read the filter at "bogus"');
  expect(screen.getAllByTestId("run-row").length).toBeGreaterThan(10);
  fireEvent.change(input, { target: { value: "metrics.ic > 0.05" } });
  fireEvent.keyDown(input, { key: "Enter" });
  await waitFor(() => expect(screen.queryByTestId("filter-error")).toBeNull());
  await waitFor(() => expect(screen.getByTestId("run-total").textContent).toMatch(/^[1-9]\d? of 36$/));
});

test("a failure says what failed and offers the way on", async () => {
  show(<TrainingPage />, false, {
    list_experiments: () => {
      throw { kind: "io", message: "The store does not answer.", field: null, hint: null };
    },
  });
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("Experiments could not be read");
  expect(alert.textContent).toContain("The store does not answer.");
});

test("the panel shows server, experiments, runs, models and endpoints", async () => {
  show(<LeftPanel />);
  expect((await screen.findByTestId("server-state")).textContent).toBe("MLflow server running");
  expect(screen.getByTestId("server-address").textContent).toBe("http://127.0.0.1:5000");
  expect((await screen.findAllByTestId("experiment-row")).length).toBe(7);
  expect((await screen.findAllByTestId("panel-run")).length).toBe(36);
  expect((await screen.findAllByTestId("panel-model")).length).toBeGreaterThan(0);
  expect((await screen.findAllByTestId("panel-endpoint")).length).toBeGreaterThan(0);
});

test("the palette finds and runs", async () => {
  show(<CommandPalette />);
  act(() => paletteOpen.set(true));
  const input = await screen.findByTestId("command-input");
  fireEvent.change(input, { target: { value: "open dep" } });
  expect(screen.getAllByTestId("command-option")[0]?.textContent).toContain("Open Deployment");
  fireEvent.keyDown(input, { key: "Enter" });
  expect(JSON.parse(localStorage.getItem("drydock.view") ?? "{}").tab).toBe("deployment");
  expect(paletteOpen.get()).toBe(false);
});

test("letters in order are enough", () => {
  const command = (label: string) => ({ id: label, label, group: "g", icon: (() => null) as never, run: () => {} });
  const all = ["Open Registry", "Open Training", "Switch theme"].map(command);
  expect(matchCommands(all, "swth").map((each) => each.label)).toEqual(["Switch theme"]);
  expect(matchCommands(all, "train").map((each) => each.label)).toEqual(["Open Training"]);
  expect(matchCommands(all, "zzz")).toEqual([]);
  expect(matchCommands(all, " ")).toHaveLength(3);
});

test("only .onnx files are taken from a drop", () => {
  expect(onnxIn(["/a/b.ONNX", "/a/c.txt"])).toEqual(["/a/b.ONNX"]);
});
