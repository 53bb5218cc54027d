import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { renderDesk } from "@/mock/desk/render";
import { diffLines } from "./diff";
import { GatesBench } from "./GatesBench";

const open = (name: string, version: number) => {
  renderDesk(<GatesBench source={{ name, version }} />);
  return userEvent.setup();
};

describe("the gates of a version", () => {
  it("shows each gate measured against its limit, and what ran before", async () => {
    const user = open("regime-hmm-fx", 14);
    expect((await screen.findByTestId("gates-verdict")).textContent).toContain("Pass. All 6 gates hold");
    const rows = screen.getAllByTestId("gate-row");
    expect(rows.map((row) => row.dataset.gate)).toContain("latency_p99");
    expect(within(rows.at(-1) as HTMLElement).getByTestId("limit-bar")).toBeTruthy();
    await user.click(within(screen.getByTestId("gate-runs")).getByText("Fail"));
    const verdict = screen.getByTestId("gates-verdict");
    expect(verdict.dataset.verdict).toBe("fail");
    expect(verdict.textContent).toContain("Latency p99, single stream 9.71 ms > 5 ms");
    expect(verdict.textContent).toContain("The gate file has changed since");
    expect(screen.queryByTestId("save-report")).toBeNull();
  });

  it("runs them, line by line, and keeps the report", async () => {
    const user = open("carry-gru-g10", 8);
    await screen.findByText("The gates have not been run on this version");
    await user.click(screen.getByTestId("run-gates"));
    expect(await screen.findByTestId("gates-running")).toBeTruthy();
    expect(await screen.findByTestId("gates-verdict", {}, { timeout: 5000 })).toBeTruthy();
    expect(screen.getByTestId("save-report")).toBeTruthy();
  });

  it("tells a mistake in the gate file at its line and lets nothing wrong be saved", async () => {
    const user = open("regime-hmm-fx", 14);
    const text = await screen.findByTestId("gate-file-text");
    await user.clear(text);
    await user.type(text, "[[size]\nmax_byte = 1");
    expect((await screen.findByTestId("gate-file-errors")).textContent).toContain("2:1 [size] has no max_byte");
    expect(screen.getByTestId("gate-file-save").hasAttribute("disabled")).toBe(true);
    await user.clear(text);
    await user.type(text, "[[size]");
    await waitFor(() => expect(screen.getByTestId("gate-file-save").hasAttribute("disabled")).toBe(false));
    await user.type(screen.getByTestId("gate-file-note"), "only the size");
    await user.click(screen.getByTestId("gate-file-save"));
    expect((await screen.findAllByText("revision 3", {}, { timeout: 5000 })).length).toBeGreaterThan(0);
  });

  it("shows what a revision changed and restores it as a new one", async () => {
    const user = open("regime-hmm-eq", 3);
    await user.click(await screen.findByText("Revisions 2"));
    expect(screen.getByTestId("gate-file-diff").textContent).toContain("− limit_ms = 8.0");
    await user.click(screen.getByText("first limits"));
    await user.click(screen.getByTestId("gate-file-restore"));
    expect((await screen.findAllByText("revision 3")).length).toBeGreaterThan(0);
  });
});

it("compares line by line", () => {
  expect(diffLines("a\nb\nc\n", "a\nx\nc\nd\n").map((line) => `${line.kind} ${line.text}`)).toEqual([
    "same a",
    "gone b",
    "new x",
    "same c",
    "new d",
  ]);
});
