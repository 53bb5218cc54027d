import { CircleStop, ListChecks } from "lucide-react";
import { Button } from "@/components/Button";
import { ErrorLine } from "@/components/ErrorLine";
import { GateRow, VERDICT_LOOK } from "@/components/GateRow";
import { ProgressBar } from "@/components/ProgressBar";
import { VerdictBanner } from "@/components/VerdictBanner";
import { type GateReport, isCancelled, type VersionDetail } from "@/lib/api";
import { useNow } from "@/lib/clock";
import { formatAgo, formatDuration } from "@/lib/format";
import { inspect } from "@/lib/view";
import { Part } from "./Part";
import { useCheckGates } from "./queries";

/** The last gate run of this version, measured against limit; and a way to run the gates without deploying. */
export function GateEvidence({ detail }: { detail: VersionDetail }) {
  const { name, version } = detail.version;
  const check = useCheckGates();
  const report = detail.evidence;
  return (
    <Part
      title="Gate evidence"
      note={
        <>
          <Button variant="ghost" data-testid="open-gates" onClick={() => inspect({ name, version }, "gates")}>
            Open
          </Button>
          <Button
            variant="ghost"
            icon={check.isPending ? CircleStop : ListChecks}
            data-testid="check-gates"
            className="-mr-2"
            onClick={() => (check.isPending ? check.cancel() : check.mutate({ name, version }))}
          >
            {check.isPending ? "Stop" : report ? "Check again" : "Check gates"}
          </Button>
        </>
      }
    >
      {check.isPending && (
        <div className="px-3 pb-2" data-testid="check-gates-progress">
          <p className="pb-1 text-fg-2 text-label">
            {check.step ? `${check.step.step} ${check.step.detail}` : "starting"}
          </p>
          <ProgressBar label="Checking gates" fraction={check.fraction} />
        </div>
      )}
      {check.isError && !isCancelled(check.error) && (
        <div className="px-3">
          <ErrorLine title="The gates could not be run" error={check.error} onDismiss={check.reset} />
        </div>
      )}
      {report ? (
        <>
          <div className="px-3 pb-1.5">
            <Verdict report={report} />
          </div>
          <ul data-testid="gate-evidence">
            {report.checks.map((each) => (
              <GateRow key={each.id} check={each} roomy />
            ))}
          </ul>
        </>
      ) : (
        <p className="px-3 text-fg-2">The gates have not been run on this version. Deploying runs them first.</p>
      )}
    </Part>
  );
}

function Verdict({ report }: { report: GateReport }) {
  const now = useNow();
  const passed = report.checks.filter((check) => check.verdict === "pass").length;
  return (
    <VerdictBanner
      verdict={report.verdict}
      title={`${VERDICT_LOOK[report.verdict].word}, ${passed} of ${report.checks.length} gates`}
      data-testid="gate-verdict"
    >
      {formatAgo(report.startedAtMs, now)} · took {formatDuration(report.tookMs)} · machine{" "}
      {report.fingerprint.digest.slice(0, 6)}
    </VerdictBanner>
  );
}
