import { expect, it } from "vitest";
import { againstOf, FIRST_DRAFT, needsText, settingsOf } from "./settings";

it("tells what a percentile needs, and how long that takes at the rate", () => {
  const server = { ...FIRST_DRAFT, kind: "server" as const, rate: "400" };
  expect(needsText({ ...server, samples: "1000" }, null)).toBe("enough for p99, 2.50 s; p99.9 needs 6,636, 16.6 s");
  expect(needsText({ ...server, samples: "100000" }, null)).toBe("enough for p99.99, 4m 10s");
  expect(needsText({ ...FIRST_DRAFT, samples: "20" }, null)).toBe(
    "too few for any percentile of the tail; p90 needs 64",
  );
});

it("asks for what is typed, and names what cannot be asked for", () => {
  const draft = { ...FIRST_DRAFT, kind: "server" as const, rate: "1,200.5", samples: "24,000", rows: "8" };
  expect(settingsOf(draft).settings).toEqual({
    scenario: { kind: "server", ratePerS: 1200.5, seed: 7 },
    arrivals: null,
    durationMs: 30_000,
    samplesMax: 24_000,
    threads: 1,
    sessions: 1,
    optimisation: "all",
    rows: 8,
  });
  const wrong = settingsOf({ ...draft, rate: "-3", kind: "server", threads: "1.5" });
  expect(wrong.settings).toBeNull();
  expect(Object.keys(wrong.problems)).toEqual(["threads", "rate"]);
  expect(settingsOf({ ...draft, kind: "replay" }).problems.arrivals).toBeDefined();
});

it("compares with a version of the same model, or with a file", () => {
  const source = { name: "alpha", version: 3 };
  expect(againstOf({ ...FIRST_DRAFT, against: "version 2" }, source)).toEqual({
    source: { name: "alpha", version: 2 },
    margin: 0.05,
  });
  expect(againstOf({ ...FIRST_DRAFT, against: "/tmp/version 2" }, source)?.source).toEqual({ path: "/tmp/version 2" });
  expect(againstOf(FIRST_DRAFT, source)).toBeNull();
});
