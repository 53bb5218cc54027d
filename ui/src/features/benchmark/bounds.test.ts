import { describe, expect, it } from "vitest";
import { boundRange, countTicks, histogramBars, latencyScale, latencyText, linearTicks } from "./bounds";

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
    expect(range?.lowMs).toBe(1);
    expect(range?.highMs).toBe(6);
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

describe("latency scale", () => {
  it("stays linear for a narrow spread", () => {
    const scale = latencyScale(1, 5);
    expect([scale.log, scale.at(3), scale.at(9)]).toEqual([false, 0.5, 1]);
  });

  it("turns logarithmic where a tail would squeeze the body", () => {
    const scale = latencyScale(0.01, 100);
    expect([scale.log, scale.at(0.01), scale.at(1), scale.at(100)]).toEqual([true, 0, 0.5, 1]);
    expect(scale.ticks(6)).toEqual([0.01, 0.1, 1, 10, 100]);
    expect(latencyScale(0.5, 60).ticks(12)).toEqual([0.5, 1, 2, 5, 10, 20, 50]);
  });

  it("keeps enough digits for a bound of a microsecond", () => {
    expect([0.01413, 0.541, 14.391, 1204.2, null].map(latencyText)).toEqual([
      "0.0141 ms",
      "0.541 ms",
      "14.4 ms",
      "1,204 ms",
      "—",
    ]);
  });
});
