import { CircleDashed, CircleStop } from "lucide-react";
import { useEffect, useRef } from "react";
import { ErrorLine } from "@/components/ErrorLine";
import { GateRow, VERDICT_LOOK } from "@/components/GateRow";
import { Status } from "@/components/Status";
import { VerdictBanner } from "@/components/VerdictBanner";
import {
  type DeploymentPlan,
  type DeployOutcome,
  type DeployStep,
  type GateReport,
  isCancelled,
  type Stage,
} from "@/lib/api";
import { useNow } from "@/lib/clock";
import { formatAgo } from "@/lib/format";
import { failedChecks, failureWords, gateFileWords, inconclusiveTitles, limitRows, spoken } from "./gates";
import { PlanTable } from "./PlanTable";
import { StepProgress } from "./StepProgress";
import { liveChecks } from "./steps";

type Props = {
  plan: DeploymentPlan;
  /** Where the version stands before the deployment. */
  stageNow: Stage | null;
  /** The report of this attempt, or the last one known for this version. */
  report: GateReport | null;
  /** The report belongs to the attempt just made. */
  fresh: boolean;
  running: boolean;
  failure: unknown;
  outcome: DeployOutcome | null;
  steps: readonly DeployStep[];
};

/** What would change, what must hold, and how far it is. */
export function DeployConsequence({ plan, stageNow, report, fresh, running, failure, outcome, steps }: Props) {
  const result = useRef<HTMLDivElement>(null);
  const ended = failure != null || outcome !== null;
  // In a low window the verdict stands below the fold, and it is what was waited for.
  useEffect(() => {
    if (ended) result.current?.scrollIntoView?.({ block: "nearest" });
  }, [ended]);
  return (
    <div className="flex flex-col gap-1 px-4 pb-4">
      <Head title="Plan" note="what runs now, and after" />
      <PlanTable plan={plan} stageNow={stageNow} />
      {plan.blocked && (
        <div className="pt-2">
          <VerdictBanner verdict="fail" title="This version cannot be staged now" data-testid="deploy-blocked">
            {plan.blocked}
          </VerdictBanner>
        </div>
      )}
      <Gates plan={plan} report={report} fresh={fresh} running={running} steps={steps} />
      <Head title="Progress" note={plan.now?.version ? `v${plan.now.version} answers until Switch` : undefined} />
      <StepProgress events={steps} />
      <div className="pt-2" ref={result}>
        {isCancelled(failure) && (
          <Status tone="idle" icon={CircleStop} data-testid="deploy-result">
            Stopped; nothing was changed
          </Status>
        )}
        {failure != null && !isCancelled(failure) && (
          <ErrorLine title="Not deployed; nothing was changed" error={failure} data-testid="deploy-result" />
        )}
        {outcome && <Result outcome={outcome} plan={plan} />}
      </div>
    </div>
  );
}

function Head({ title, note }: { title: string; note?: React.ReactNode }) {
  return (
    <header className="flex h-8.5 items-center justify-between">
      <h4 className="font-semibold">{title}</h4>
      {note && <span className="text-fg-3 text-label">{note}</span>}
    </header>
  );
}

function Gates({
  plan,
  report,
  fresh,
  running,
  steps,
}: Pick<Props, "plan" | "report" | "fresh" | "running" | "steps">) {
  const now = useNow();
  const checks = liveChecks(steps, running ? null : report);
  const passed = checks.filter((check) => check.verdict === "pass").length;
  const look = report && !running ? VERDICT_LOOK[report.verdict] : null;
  const note = running ? (
    `${passed} of ${checks.length} so far`
  ) : report && look ? (
    <span className="flex items-center gap-2">
      {!fresh && `last run ${formatAgo(report.startedAtMs, now)}, run again on deploy`}
      <Status tone={look.tone}>
        {passed} of {checks.length} pass
      </Status>
    </span>
  ) : (
    "run before anything changes"
  );
  return (
    <>
      <Head title={`Gates, ${gateFileWords(plan.gateFile)}`} note={note} />
      <ul className="rounded-card border border-line bg-raised" data-testid="gate-list">
        {checks.map((check) => (
          <GateRow key={check.id} check={check} />
        ))}
        {checks.length === 0 &&
          limitRows(plan.asked).map((row) => (
            <li
              key={row.id}
              className="flex items-center gap-2 border-line-2 border-b px-3 py-0.75 leading-[18px] last:border-b-0"
            >
              <CircleDashed size={14} className="text-fg-3" aria-label="Not run yet" />
              <span className="flex-1">{row.title}</span>
              <span className="tnum text-fg-2">{row.limit}</span>
            </li>
          ))}
      </ul>
    </>
  );
}

function Result({ outcome, plan }: { outcome: DeployOutcome; plan: DeploymentPlan }) {
  const { report } = outcome;
  if (outcome.deployed) {
    return (
      <VerdictBanner
        verdict="pass"
        title={`v${plan.version} is live on ${plan.endpointName}`}
        data-testid="deploy-result"
      >
        {outcome.endpoint?.address ?? "on loopback"}, in Staging
      </VerdictBanner>
    );
  }
  const failed = failedChecks(report);
  const stays = plan.now?.version ? `v${plan.now.version} is still live.` : "No endpoint was started.";
  if (failed.length > 0) {
    return (
      <VerdictBanner verdict="fail" title={`Refused: ${spoken(failed.map(failureWords))}`} data-testid="deploy-result">
        Nothing was changed. {stays}
      </VerdictBanner>
    );
  }
  return (
    <VerdictBanner
      verdict="inconclusive"
      title={`No verdict: ${spoken(inconclusiveTitles(report))} could not be judged`}
      data-testid="deploy-result"
    >
      Nothing was changed. {stays} Tick the waiver at the left and say why, to deploy without it.
    </VerdictBanner>
  );
}
