import { expect, test } from "vitest";
import { align } from "./align";
import { valueAt } from "./chartGroup";
import { byIncrement, holdsPoints } from "./uplotOptions";

test("series with their own x share one axis; a missing point is not a gap", () => {
  const [x, a, b] = align([
    { x: [0, 10, 20], y: [1, 2, 3] },
    { x: [5, 10], y: [7, null] },
  ]);
  expect(x).toEqual([0, 5, 10, 20]);
  expect(a).toEqual([1, undefined, 2, 3]);
  expect(b).toEqual([undefined, 7, null, undefined]);
});

test("equal axes are kept as they are", () => {
  expect(
    align([
      { x: [0, 1], y: [1, 2] },
      { x: [0, 1], y: [3, 4] },
    ]),
  ).toEqual([
    [0, 1],
    [1, 2],
    [3, 4],
  ]);
  expect(align([])).toEqual([[]]);
});

test("the value under the crosshair is the last point at or before it, and none beyond the ends", () => {
  const points = { x: [0, 10, 20], y: [1, null, 3] };
  expect([-1, 0, 9, 10, 20, 21].map((at) => valueAt(points, at))).toEqual([null, 1, 1, null, 3, null]);
});

test("ticks have the digits of their increment", () => {
  const ticks = (increment: number, values: number[]) => values.map(byIncrement(increment));
  expect(ticks(0.025, [-0.025, 0, 0.025, 0.05])).toEqual(["−0.025", "0", "0.025", "0.050"]);
  expect(ticks(0.02, [0.02, 0.04])).toEqual(["0.02", "0.04"]);
  expect(ticks(0.5, [1, 1.5])).toEqual(["1.0", "1.5"]);
  expect(ticks(1000, [0, 1000])).toEqual(["0", "1,000"]);
  expect(ticks(0.0005, [0.0005])).toEqual(["0.0005"]);
});

test("zooming ends where fewer than three points would be left", () => {
  const xs = [0, 10, 20, 30];
  expect(holdsPoints(xs, [0, 20])).toBe(true);
  expect(holdsPoints(xs, [5, 25])).toBe(false);
});
