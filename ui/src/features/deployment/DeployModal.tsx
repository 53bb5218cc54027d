import { useQuery } from "@tanstack/react-query";
import { Anchor, CircleStop, ShieldCheck } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { ErrorState } from "@/components/ErrorState";
import { Skeleton } from "@/components/Skeleton";
import type { DeploymentPlan, Stage } from "@/lib/api";
import { openTry } from "@/lib/desk";
import { openTab } from "@/lib/view";
import { DeployConsequence } from "./DeployConsequence";
import { DeployForm } from "./DeployForm";
import { inconclusiveTitles } from "./gates";
import { modelQuery, modelVersionQuery, planQuery, useDeploy } from "./queries";

type Props = { name: string | null; version: number | null; onClose: () => void };

/** Deploy to Staging: the form left, the live consequence right, and in the footer what is safe. */
export function DeployModal({ name: firstName, version: firstVersion, onClose }: Props) {
  const [name, setName] = useState(firstName);
  const [chosenVersion, setVersion] = useState(firstVersion);
  const [reason, setReason] = useState("");
  /** Why to deploy although a gate could not be judged; null while that is not wanted. */
  const [waiver, setWaiver] = useState<string | null>(null);
  const [begun, setBegun] = useState<{ plan: DeploymentPlan; stageNow: Stage | null } | null>(null);
  const reasonInput = useRef<HTMLInputElement>(null);
  const deploy = useDeploy();

  const model = useQuery({ ...modelQuery(name ?? ""), enabled: name !== null });
  const version = chosenVersion ?? model.data?.model.latestVersion ?? null;
  const chosen = name !== null && version !== null;
  const plan = useQuery({ ...planQuery(name ?? "", version ?? 0), enabled: chosen });
  const detail = useQuery({ ...modelVersionQuery(name ?? "", version ?? 0), enabled: chosen });

  const known = deploy.data?.report ?? detail.data?.evidence ?? null;
  const report = deploy.isPending ? null : known;
  const live = deploy.data?.deployed ? deploy.data.endpoint : null;
  const missing = known?.verdict === "inconclusive" && !live ? inconclusiveTitles(known) : [];
  // Once begun, the plan stays as it was agreed to; a fresh one would call the new version "now".
  const agreed = begun ?? (plan.data && { plan: plan.data, stageNow: detail.data?.version.stage ?? null });
  const unsaid = missing.length > 0 && waiver !== null && waiver.trim() === "";
  const ready = chosen && plan.data !== undefined && plan.data.blocked === null && !deploy.isPending && !unsaid;

  const start = () => {
    if (!ready || !plan.data || name === null || version === null || live) return;
    setBegun({ plan: plan.data, stageNow: detail.data?.version.stage ?? null });
    deploy.mutate({
      name,
      version,
      reason: reason.trim(),
      waiver: missing.length > 0 ? (waiver?.trim() ?? null) : null,
    });
  };
  useCtrlEnter(live ? onClose : start);

  const choose = (nextName: string | null, nextVersion: number | null) => {
    setName(nextName);
    setVersion(nextVersion);
    setWaiver(null);
    setBegun(null);
    deploy.reset();
  };

  return (
    <Dialog
      open
      onClose={onClose}
      width={900}
      title={chosen ? `Deploy ${name} v${version}` : "Deploy a version"}
      sub="to Staging on this machine"
      icon={<Anchor size={16} className="flex-none text-accent" aria-hidden />}
      initialFocus={reasonInput}
      data-testid="deploy-modal"
      footNote={
        <>
          <ShieldCheck size={14} className="flex-none text-fg-3" aria-hidden />
          <span className="truncate" data-testid="deploy-safe">
            {live
              ? `${live.name} answers on ${live.address ?? "loopback"}.`
              : (agreed?.plan.safe ?? "Nothing changes before every gate has passed.")}
          </span>
        </>
      }
      footer={
        live ? (
          <Finished endpoint={live.name} onClose={onClose} />
        ) : (
          <>
            {deploy.isPending && (
              <Button size={28} variant="ghost" icon={CircleStop} data-testid="deploy-stop" onClick={deploy.cancel}>
                Stop
              </Button>
            )}
            <Button size={28} kbd="Esc" onClick={onClose}>
              {deploy.isPending ? "Continue in background" : "Cancel"}
            </Button>
            <Button
              size={28}
              variant="primary"
              icon={Anchor}
              kbd="Ctrl Enter"
              disabled={!ready}
              busy={deploy.isPending}
              data-testid="deploy-confirm"
              onClick={start}
            >
              {chosen ? `Deploy v${version} to staging` : "Deploy to staging"}
            </Button>
          </>
        )
      }
    >
      <div className="flex min-h-[572px]">
        <DeployForm
          name={name}
          version={version}
          reason={reason}
          reasonInput={reasonInput}
          locked={deploy.isPending || live !== null}
          missing={missing}
          waiver={waiver}
          plan={plan.data}
          onWaive={setWaiver}
          onChoose={choose}
          onReason={setReason}
        />
        <div className="min-w-0 flex-1 bg-panel">
          {plan.isError ? (
            <ErrorState
              title="The plan could not be made"
              error={plan.error}
              safe="Nothing was changed."
              onRetry={() => void plan.refetch()}
            />
          ) : agreed ? (
            <DeployConsequence
              plan={agreed.plan}
              stageNow={agreed.stageNow}
              report={report}
              fresh={deploy.data !== undefined}
              running={deploy.isPending}
              failure={deploy.error}
              outcome={deploy.data ?? null}
              steps={deploy.steps}
            />
          ) : chosen ? (
            <Skeleton rows={12} />
          ) : (
            <p className="p-4 text-fg-2">Choose a model; what runs now and what would run after stands here.</p>
          )}
        </div>
      </div>
    </Dialog>
  );
}

function Finished({ endpoint, onClose }: { endpoint: string; onClose: () => void }) {
  return (
    <>
      <Button
        size={28}
        data-testid="deploy-try"
        onClick={() => {
          openTab("deployment");
          openTry(endpoint);
        }}
      >
        Try it
      </Button>
      <Button size={28} variant="primary" kbd="Ctrl Enter" data-testid="deploy-done" onClick={onClose}>
        Done
      </Button>
    </>
  );
}

/** Ctrl+Enter (Cmd+Enter) answers the modal from any of its fields. */
function useCtrlEnter(run: () => void) {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      latest.current();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
}
