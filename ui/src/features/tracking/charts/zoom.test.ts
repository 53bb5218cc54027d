import { expect, test } from "vitest";
import type { MetricSeries } from "@/lib/api";
import { stepsIn, withDetail } from "./zoom";

const line = (steps: number[], part: Partial<MetricSeries> = {}): MetricSeries => ({
  runId: "a",
  key: "ic",
  totalPoints: 1000,
  reduced: true,
  steps,
  timesMs: steps.map((step) => step * 1000),
  values: steps.map((step) => step / 10),
  ...part,
});

test("a range of any axis becomes steps, with the neighbours that carry the line to the edge", () => {
  const base = [line([0, 10, 20, 30, 40])];
  expect(stepsIn(base, "step", [12, 28])).toEqual([10, 30]);
  expect(stepsIn(base, "relative", [12, 28])).toEqual([10, 30]);
  expect(stepsIn(base, "step", [-5, 100])).toEqual([0, 40]);
});

test("a line that was not reduced has nothing finer", () => {
  expect(stepsIn([line([0, 10, 20], { reduced: false })], "step", [5, 15])).toBeNull();
});

test("the finer part stands in the place of the coarse one", () => {
  const base = [line([0, 10, 20, 30, 40]), line([0, 20, 40], { runId: "b", reduced: false })];
  const fine = { range: [10, 30] as const, series: [line([10, 15, 20, 25, 30], { reduced: false })] };
  const [a, b] = withDetail(base, fine);
  expect(a?.steps).toEqual([0, 10, 15, 20, 25, 30, 40]);
  expect(a?.values.length).toBe(7);
  expect(b?.steps).toEqual([0, 20, 40]);
  expect(withDetail(base, null)).toBe(base);
});
