import { describe, expect, test } from "vitest";
import {
  columnDigits,
  formatAge,
  formatAgo,
  formatBytes,
  formatClock,
  formatDelta,
  formatDuration,
  formatInteger,
  formatMs,
  formatNumber,
  formatPercent,
  formatReading,
  formatTime,
  plainNumber,
  plural,
  shortDigest,
} from "./format";

describe("numbers", () => {
  test("empty, zero and NaN are three different things", () => {
    expect([formatReading(null), formatReading(0), formatReading("NaN")]).toEqual(["—", "0", "NaN"]);
    expect(formatReading("Infinity")).toBe("∞");
    expect(formatReading("-Infinity")).toBe("−∞");
  });

  test("the minus is a minus", () => {
    expect(formatNumber(-0.0177, 4)).toBe("−0.0177");
    expect(formatNumber(-1234567)).toBe("−1,234,567");
    expect(formatDelta(0.0056, 4)).toBe("+0.0056");
    expect(formatDelta(-0.0056, 4)).toBe("−0.0056");
    expect(formatDelta(0, 4)).toBe("0");
  });

  test("about four significant digits, an exponent beyond reason", () => {
    expect(formatNumber(0.048712)).toBe("0.04871");
    expect(formatNumber(1.9234)).toBe("1.923");
    expect(formatNumber(18400.4)).toBe("18,400");
    expect(formatNumber(3.1e-7)).toBe("3.10e−7");
    expect(formatNumber(2.5e12)).toBe("2.50e12");
  });

  test("a value too small for its column is not shown as zero", () => {
    expect(formatNumber(0.00001, 2)).toBe("1.0e−5");
    expect(formatNumber(-0.00001, 2)).toBe("−1.0e−5");
    expect(formatNumber(0, 2)).toBe("0.00");
    expect(formatNumber(-0.4, 0)).toBe("0");
  });

  test("a column shares its digits", () => {
    expect(columnDigits([0.0487, 0.0431])).toBe(5);
    expect(columnDigits([1.92, "NaN", null])).toBe(3);
    expect(columnDigits([64, 128])).toBe(0);
    expect(columnDigits([64, 1.23e18])).toBeUndefined();
    expect(columnDigits([null, "NaN"])).toBeUndefined();
    expect(columnDigits([1e-8])).toBeUndefined();
  });

  test("the noise of binary fractions is left out, a real digit is not", () => {
    expect(plainNumber("0.30000000000000004")).toBe("0.3");
    expect(plainNumber("0.12345678901234568")).toBe("0.12345678901234568");
    expect(plainNumber("adam")).toBe("adam");
  });

  test("counts, shares and digests", () => {
    expect(formatInteger(100000)).toBe("100,000");
    expect(formatInteger(undefined)).toBe("—");
    expect(formatPercent(0.421)).toBe("42.1 %");
    expect(plural(1, "run")).toBe("1 run");
    expect(plural(1204, "run")).toBe("1,204 runs");
    expect(shortDigest("sha256:2a4b97d3aa")).toBe("2a4b97d3");
    expect(shortDigest(null)).toBe("—");
  });
});

test("bytes in decimal units", () => {
  expect([0, 812, 11_020, 4_841_220, 3_104_221_184, 999_600].map(formatBytes)).toEqual([
    "0 B",
    "812 B",
    "11.0 kB",
    "4.84 MB",
    "3.10 GB",
    "1.00 MB",
  ]);
  expect(formatBytes(null)).toBe("—");
});

test("durations from microseconds to days", () => {
  const minute = 60_000;
  expect(
    [0, 0.048, 3.8, 42.25, 212, 6200, 59_990, 52 * minute, 68 * minute, 51 * 60 * minute].map(formatDuration),
  ).toEqual(["0 ms", "48 µs", "3.80 ms", "42.3 ms", "212 ms", "6.20 s", "1m 00s", "52m 00s", "1h 08m", "2d 03h"]);
  expect(formatDuration(null)).toBe("—");
  expect(formatMs(0.0421)).toBe("0.042 ms");
  expect(formatMs(1204)).toBe("1,204 ms");
});

test("times and ages", () => {
  const at = Date.UTC(2026, 8, 12, 14, 0, 5);
  expect(formatTime(at)).toBe("2026-09-12 14:00:05 UTC");
  expect(formatClock(at)).toBe("14:00:05 UTC");
  expect(formatAge(at, at + 2_000)).toBe("2 s");
  expect(formatAge(at, at + 21 * 60_000)).toBe("21 min");
  expect(formatAge(at, at + 61 * 86_400_000)).toBe("61 d");
  expect(formatAgo(at, at + 300)).toBe("just now");
  expect(formatAgo(at, at - 5_000)).toBe("just now");
});
