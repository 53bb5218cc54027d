import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { opsetText, shortCount } from "@/features/inspection/words";
import { renderDesk } from "@/mock/desk/render";
import { LabSheet } from "./LabSheet";

it("shows the reader's own sentence for a malformed file", async () => {
  renderDesk(<LabSheet source={{ path: "/tmp/broken.onnx" }} onClose={() => {}} />);
  const error = await screen.findByTestId("inspect-error");
  expect(error.textContent).toContain("field 7 (graph) announces 91,204 bytes but only 512 are left in the file.");
  expect(error.textContent).toContain("Nothing was run and nothing was changed");
});

it("opens with facts, warnings and the operators by count", async () => {
  renderDesk(<LabSheet source={{ name: "regime-hmm-fx", version: 14 }} onClose={() => {}} />);
  expect((await screen.findByTestId("inspect-facts")).textContent).toContain("1,204,480");
  expect(screen.getByTestId("inspect-sheet").textContent).toContain("runs only in a sandboxed worker");
  expect(screen.getByTestId("inspect-warnings").textContent).toContain("model.onnx.data is missing");
  expect(screen.getAllByTestId("op-row")[0]?.textContent).toContain("Conv");
});

it("finds nodes by any of their words and closes on Escape", async () => {
  const onClose = vi.fn();
  renderDesk(<LabSheet source={{ path: "/tmp/model.onnx" }} onClose={onClose} />);
  const user = userEvent.setup();
  await user.click(await screen.findByRole("tab", { name: /Nodes/ }));
  await user.type(screen.getByTestId("node-search"), "gru");
  expect((await screen.findByText("1 of 58 nodes")).textContent).toBeTruthy();
  await user.keyboard("{Escape}");
  expect(onClose).toHaveBeenCalled();
});

it("puts opsets and counts in words", () => {
  expect(
    opsetText([
      { domain: "ai.onnx.ml", version: 3 },
      { domain: "", version: 18 },
    ]),
  ).toEqual({ main: "18", others: "ai.onnx.ml 3" });
  expect([812, 54_100, 1_204_480].map(shortCount)).toEqual(["812", "54.1 k", "1.20 M"]);
});
