import { describe, expect, it } from "vitest";
import { boundRange, countTicks, histogramBars, linearTicks } from "./bounds";

const bound = (valueMs: number | null, lowMs: number | null, highMs: number | null, refused: string | null = null) => ({
  label: "p",
  quantile: 0.5,
  valueMs,
  lowMs,
  highMs,
  samples: 10,
  neededSamples: 10,
  refused,
});

describe("percentile bounds", () => {
  it("spans every claimed bound and ignores refusals", () => {
    const range = boundRange([
      bound(2, 1, 3),
      bound(5, 4, 6),
      bound(99, 98, 100, "refused: needs 662 samples, has 200"),
    ]);
    expect(range?.lowMs).toBeCloseTo(0.7);
    expect(range?.highMs).toBeCloseTo(6.3);
    expect(boundRange([bound(null, null, null, "refused")])).toBeNull();
  });
});

describe("histogram", () => {
  it("keeps one sample visible beside thousands and an empty bin empty", () => {
    const bars = histogramBars({ edgesMs: [0, 1, 2, 3], counts: [9999, 1, 0] });
    expect(bars.map((bar) => Number(bar.height.toFixed(3)))).toEqual([1, 0.075, 0]);
  });

  it("marks powers of ten and round milliseconds", () => {
    expect(countTicks([4000, 3]).map((tick) => tick.count)).toEqual([1, 10, 100, 1000]);
    expect(linearTicks(0.31, 1.9, 4)).toEqual([0.5, 1, 1.5]);
    expect(linearTicks(1, 1, 4)).toEqual([]);
  });
});
