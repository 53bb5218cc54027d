import { describe, expect, it } from "vitest";
import { workerDetails, workerWords } from "./worker";

const started = {
  pid: 7,
  startMs: 2.4,
  overheadP50Us: 73.4,
  protections: [
    { name: "memory limit", on: true, detail: "RLIMIT_DATA 18079 MiB" },
    { name: "landlock", on: false, detail: "not on this kernel" },
  ],
};

describe("workers in words", () => {
  const idle = (...sizes: number[]) => sizes.map((residentBytes) => ({ purpose: "run", residentBytes }));

  it("says what they do and hold", () => {
    expect(workerWords({ busy: 2, idle: idle(5), started })).toBe("2 workers busy");
    expect(workerWords({ busy: 0, idle: idle(64_000_000), started })).toBe("Worker idle · 64.0 MB");
    expect(workerWords({ busy: 0, idle: idle(1_000_000, 2_000_000), started })).toBe("2 workers idle · 3.00 MB");
    expect(workerWords({ busy: 0, idle: [], started })).toBe("No worker");
  });

  it("tells the cost of a call and the protection that is missing", () => {
    const [first, ...each] = workerDetails(started);
    expect(first).toContain("ready in 2 ms, pipe overhead p50 73 µs, 1 protection not on");
    expect(each[1]).toBe("landlock: not on (not on this kernel)");
  });
});
