import { describe, expect, it } from "vitest";
import { agoLabel, countCeiling, linePath, niceCeiling } from "./series";

describe("time chart", () => {
  const x = (index: number) => index * 10;
  const y = (value: number) => value;

  it("draws a gap as a gap, never bridging seconds without a request", () => {
    expect(linePath([1, 2, null, 3, 4], x, y)).toBe("M0.0 1.0L10.0 2.0M30.0 3.0L40.0 4.0");
  });

  it("shows a lone reading as a short dash", () => {
    expect(linePath([null, 5, null], x, y)).toBe("M10.0 5.0h3");
  });

  it("keeps the highest reading under a round ceiling", () => {
    expect([0, 0.42, 7, 38, 1204].map((value) => niceCeiling(value, 0.1))).toEqual([0.1, 0.5, 10, 50, 2000]);
    expect([0, 1, 5, 7, 24].map((value) => countCeiling(value, 2))).toEqual([2, 2, 6, 10, 26]);
  });

  it("says how long ago", () => {
    expect([0, 60, 300].map(agoLabel)).toEqual(["now", "−60 s", "−5 min"]);
  });
});
