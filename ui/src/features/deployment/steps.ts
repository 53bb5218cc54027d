import type { DeployStep, GateCheck, GateReport } from "@/lib/api";

export type StepName = DeployStep["step"];
export type StepState = { step: StepName; title: string; state: "waiting" | DeployStep["state"]; detail: string };

export const STEP_TITLES: readonly { step: StepName; title: string; waiting: string }[] = [
  { step: "fetch", title: "Fetch", waiting: "artifact" },
  { step: "verify", title: "Verify", waiting: "sha256" },
  { step: "load", title: "Load", waiting: "session" },
  { step: "warm", title: "Warm", waiting: "runs" },
  { step: "smoke", title: "Smoke", waiting: "input example" },
  { step: "switch", title: "Switch", waiting: "if gates pass" },
];

/** The latest word on each step, in the order of the deployment; steps not heard from wait. */
export function stepStates(events: readonly DeployStep[]): StepState[] {
  return STEP_TITLES.map(({ step, title, waiting }) => {
    const last = events.filter((event) => event.step === step).at(-1);
    return last
      ? { step, title, state: last.state, detail: last.detail }
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
