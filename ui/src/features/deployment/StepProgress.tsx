import { Check, Loader, X } from "lucide-react";
import type { DeployStep } from "@/lib/api";
import { cx } from "@/lib/cx";
import { type StepState, stepStates } from "./steps";

const BAR = { waiting: "bg-muted", running: "bg-accent", done: "bg-ok", failed: "bg-bad" };

/** The six steps of a deployment, each with what it has found so far. */
export function StepProgress({ events }: { events: readonly DeployStep[] }) {
  return (
    <ol aria-label="Deployment steps" data-testid="step-progress" className="grid grid-cols-6 gap-1">
      {stepStates(events).map((step) => (
        <li key={step.step} data-testid="deploy-step" data-step={step.step} data-state={step.state} className="min-w-0">
          <i className={cx("mb-1.5 block h-1 rounded-[2px]", BAR[step.state])} />
          <b className={cx("flex items-center gap-1 font-medium", step.state === "waiting" && "text-fg-3")}>
            <StepIcon state={step.state} />
            {step.title}
          </b>
          <span className="line-clamp-3 break-words text-fg-3 text-micro leading-3.5" title={step.detail}>
            {step.detail}
          </span>
        </li>
      ))}
    </ol>
  );
}

function StepIcon({ state }: { state: StepState["state"] }) {
  if (state === "running") return <Loader size={12} className="live-spin text-accent" aria-label="running" />;
  if (state === "done") return <Check size={12} className="text-ok" aria-label="done" />;
  if (state === "failed") return <X size={12} className="text-bad" aria-label="failed" />;
  return null;
}
