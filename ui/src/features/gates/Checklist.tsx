import { CircleDashed } from "lucide-react";
import { Card, CardHead } from "@/components/Card";
import { GateRow, VERDICT_LOOK } from "@/components/GateRow";
import { ProgressBar } from "@/components/ProgressBar";
import { VerdictBanner } from "@/components/VerdictBanner";
import type { AskedGate, DeployStep, GateCheck, GateReport } from "@/lib/api";
import { formatClock, formatDuration } from "@/lib/format";
import { gateFileWords, passed, verdictTitle } from "./words";

/** The verdict of a report and each gate, measured against its limit. */
export function ReportView({ report, outdated }: { report: GateReport; outdated?: string }) {
  const machine = report.fingerprint;
  return (
    <div className="flex flex-col gap-2.5" data-testid="gate-report">
      <VerdictBanner verdict={report.verdict} title={verdictTitle(report)} data-testid="gates-verdict">
        {formatClock(report.startedAtMs)} · took {formatDuration(report.tookMs)} · ONNX Runtime{" "}
        {machine.runtimeVersion ?? "unknown"} · machine {machine.digest.slice(0, 6)}
        {outdated && <b className="block font-medium text-fg-2">{outdated}</b>}
      </VerdictBanner>
      <Card>
        <CardHead title="Gates" sub={gateFileWords(report.gateFile)}>
          {passed(report.checks)} of {report.checks.length} {VERDICT_LOOK.pass.word.toLowerCase()}
        </CardHead>
        <ul data-testid="gates-list">
          {report.checks.map((check) => (
            <GateRow key={check.id} check={check} roomy bar />
          ))}
        </ul>
      </Card>
    </div>
  );
}

type RunningProps = {
  asked: readonly AskedGate[];
  checks: readonly GateCheck[];
  step: DeployStep | null;
  fraction: number | null;
};

/** The gates while they run: lines take their place as they are known. */
export function RunningView({ asked, checks, step, fraction }: RunningProps) {
  const known = new Map(checks.map((check) => [check.id, check]));
  const waiting = asked.filter((gate) => !known.has(gate.id));
  return (
    <Card data-testid="gates-running">
      <CardHead title="Gates" sub={step ? `${step.step}: ${step.detail}` : "starting"}>
        {passed(checks)} of {Math.max(asked.length, checks.length)} so far
      </CardHead>
      <div className="px-3 py-2">
        <ProgressBar label="Running the gates" fraction={fraction} />
      </div>
      <ul>
        {checks.map((check) => (
          <GateRow key={check.id} check={check} roomy bar />
        ))}
        {waiting.map((gate) => (
          <Waiting key={gate.id} gate={gate} />
        ))}
      </ul>
    </Card>
  );
}

/** A gate that has not run. */
export function Waiting({ gate }: { gate: AskedGate }) {
  return (
    <li className="flex items-center gap-2 border-line-2 border-b px-3 py-1 leading-[18px] last:border-b-0">
      <CircleDashed size={14} className="flex-none text-fg-3" aria-label="Not run" />
      <span className="flex-1 text-fg-2">{gate.title}</span>
      <span className="tnum text-fg-3">{gate.limit}</span>
    </li>
  );
}
