import { describe, expect, it } from "vitest";
import type { DeployStep, GateCheck } from "@/lib/api";
import { liveChecks, stepStates } from "./steps";

const check = (id: string, verdict: GateCheck["verdict"]): GateCheck => ({
  id,
  title: id,
  verdict,
  measured: "",
  limit: "",
  detail: "",
});

describe("deployment steps", () => {
  const events: DeployStep[] = [
    { step: "fetch", state: "running", detail: "", check: null },
    { step: "fetch", state: "done", detail: "4.84 MB", check: null },
    { step: "verify", state: "failed", detail: "digest differs", check: check("digest", "fail") },
    { step: "verify", state: "done", detail: "4.84 MB", check: check("size", "pass") },
  ];

  it("keeps the last word on each step and waits for the rest", () => {
    expect(stepStates(events).map((step) => `${step.step} ${step.state}`)).toEqual([
      "fetch done",
      "verify failed",
      "load waiting",
      "smoke waiting",
      "warm waiting",
      "switch waiting",
    ]);
  });

  it("does not let a step run on that a later failure has cut short", () => {
    const cut = events.filter((event) => event.state !== "done");
    expect(stepStates(cut).map((step) => step.state)).toEqual([
      "waiting",
      "failed",
      "waiting",
      "waiting",
      "waiting",
      "waiting",
    ]);
  });

  it("lists checks as they arrive", () => {
    expect(liveChecks(events, null).map((item) => `${item.id} ${item.verdict}`)).toEqual(["digest fail", "size pass"]);
  });
});
