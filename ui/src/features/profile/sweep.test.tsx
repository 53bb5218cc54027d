import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import type { SweepInput } from "@/lib/api";
import { sweepReport } from "@/mock/desk/profile";
import { renderDesk } from "@/mock/desk/render";
import { logScale } from "./ParetoPlot";
import { ProfileBench } from "./ProfileBench";
import { FIRST_CHOICE, frontOf, gridOf, pointCount, toggled, upper } from "./sweepGrid";

const input = (durationMs: number): SweepInput => ({ grid: gridOf(FIRST_CHOICE), durationMs, taskId: "t" });

it("measures every point, and shows which nothing beats", async () => {
  renderDesk(<ProfileBench source={{ path: "/tmp/model.onnx" }} />);
  const user = userEvent.setup();
  await user.click(screen.getByRole("radio", { name: "Sweep" }));
  await user.click(await screen.findByRole("button", { name: "Measure 12 points" }));
  await screen.findByText("Every point of this choice is done.", {}, { timeout: 5000 });
  const result = within(screen.getByTestId("sweep-result"));
  expect(result.getByText("12 of 12 points")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "128" }));
  expect((await screen.findByTestId("sweep-run")).textContent).toBe("Go on, 4 left");
});

it("leaves points without the percentile off the front, and says why", () => {
  const report = sweepReport(input(250), 12);
  const refused = report.points.filter((point) => upper(point, "p99").ms === null);
  expect(refused.length).toBeGreaterThan(0);
  for (const point of refused) {
    expect(upper(point, "p99").refused).toContain("p99 needs 662 samples");
    expect(frontOf(report, "p99")).not.toContain(report.points.indexOf(point));
  }
  expect(frontOf(report, "p50").length).toBeGreaterThan(0);
});

it("keeps one value on every axis, in order", () => {
  expect(toggled([1, 8], 4, [1, 4, 8])).toEqual([1, 4, 8]);
  expect(toggled([1, 8], 8, [1, 4, 8])).toEqual([1]);
  expect(toggled([1], 1, [1, 4, 8])).toEqual([1]);
  expect(pointCount({ ...FIRST_CHOICE, providers: ["cpu", "cuda"] })).toBe(24);
  expect(gridOf({ ...FIRST_CHOICE, providers: ["cuda", "cpu"] }).providers).toEqual([["cuda", "cpu"], ["cpu"]]);
});

it("marks a logarithmic axis with round numbers inside it", () => {
  const scale = logScale([1.5, 80], 0, 100);
  expect(scale.ticks).toEqual([2, 5, 10, 20, 50]);
  expect(scale.at(1.5)).toBeLessThan(scale.at(80));
});
