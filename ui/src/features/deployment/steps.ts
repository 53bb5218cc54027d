import type { DeployStep, GateCheck, GateReport } from "@/lib/api";

export type StepName = DeployStep["step"];
export type StepState = { step: StepName; title: string; state: "waiting" | DeployStep["state"]; detail: string };

/** In the order in which the gates ask: the input example answers before latency is measured. */
export const STEP_TITLES: readonly { step: StepName; title: string; waiting: string }[] = [
  { step: "fetch", title: "Fetch", waiting: "files" },
  { step: "verify", title: "Verify", waiting: "sha256, size" },
  { step: "load", title: "Load", waiting: "runtime" },
  { step: "smoke", title: "Smoke", waiting: "input example" },
  { step: "warm", title: "Warm", waiting: "latency" },
  { step: "switch", title: "Switch", waiting: "if gates pass" },
];

/** The latest word on each step; a failed check is not hidden by a later one of the same step that passes. */
export function stepStates(events: readonly DeployStep[]): StepState[] {
  const failedAt = STEP_TITLES.findLastIndex(({ step }) =>
    events.some((event) => event.step === step && event.state === "failed"),
  );
  return STEP_TITLES.map(({ step, title, waiting }, index) => {
    const own = events.filter((event) => event.step === step);
    const told = own.find((event) => event.state === "failed") ?? own.at(-1);
    // What a failure further on has cut short does not go on running.
    if (told?.state === "running" && index < failedAt) return { step, title, state: "waiting", detail: "cut short" };
    return told
      ? { step, title, state: told.state, detail: told.detail }
      : { step, title, state: "waiting" as const, detail: waiting };
  });
}

/** Checks as they arrive while the gates run; the final report replaces them. */
export function liveChecks(events: readonly DeployStep[], report: GateReport | null): GateCheck[] {
  if (report) return report.checks;
  const byId = new Map<string, GateCheck>();
  for (const event of events) if (event.check) byId.set(event.check.id, event.check);
  return [...byId.values()];
}
