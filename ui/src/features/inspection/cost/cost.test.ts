import { expect, it } from "vitest";
import type { MachineCeiling, NodeCost } from "@/lib/api";
import { costHandlers } from "@/mock/desk/cost";
import { decades, leastMs, reach, spots } from "./roofline";
import { flopShares, shortNumber } from "./words";

const ceiling = { flopsPerS: 100e9, bytesPerS: 10e9, ridgeFlopsPerByte: 10 } as MachineCeiling;

it("is bound by memory below the ridge and by computing above it", () => {
  expect(reach(2, ceiling)).toEqual({ intensity: 2, reachable: 20e9, memoryBound: true });
  expect(reach(40, ceiling)).toEqual({ intensity: 40, reachable: 100e9, memoryBound: false });
  const node = { flops: 1e9, bytesRead: 1e9, bytesWritten: 0 } as NodeCost;
  expect(leastMs(node, ceiling)).toBe(100);
  expect(leastMs({ ...node, flops: 50e9 }, ceiling)).toBe(500);
  expect(leastMs({ ...node, bytesRead: null }, ceiling)).toBeNull();
  expect(decades([0.03, 4, 250])).toEqual([-2, 3]);
});

it("shares out what is known, and puts no unknown operator on the roofline", () => {
  const cost = costHandlers.model_cost({ input: { dims: [{ name: "N", value: 2 }] } });
  const shares = flopShares({ path: "/m.onnx" }, cost).graphs.get("[]");
  const sum = [...(shares?.values() ?? [])].reduce((a, b) => a + b, 0);
  expect(sum).toBeCloseTo(1, 9);
  expect(spots(cost, ceiling).map((spot) => spot.op)).not.toContain("NonMaxSuppression");
});

it("writes large counts short", () => {
  expect([0, 9_999, 15_420, 154_200_000, 2_300_000_000].map(shortNumber)).toEqual([
    "0",
    "9,999",
    "15.4 k",
    "154 M",
    "2.30 G",
  ]);
  expect(shortNumber(null)).toBe("—");
});
