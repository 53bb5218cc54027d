import { useQuery } from "@tanstack/react-query";
import { CircleStop, ListChecks } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/Button";
import { Card, CardHead } from "@/components/Card";
import { EmptyState } from "@/components/EmptyState";
import { ErrorLine } from "@/components/ErrorLine";
import { ErrorState } from "@/components/ErrorState";
import { Skeleton } from "@/components/Skeleton";
import { Split } from "@/components/Split";
import { type GateFileView, type GateReport, isCancelled } from "@/lib/api";
import { ReportView, RunningView, Waiting } from "./Checklist";
import { GateFileEditor } from "./GateFileEditor";
import { gateFileQuery, gateReportsQuery, useVersionGates } from "./queries";
import { Runs } from "./Runs";
import { SaveReport } from "./SaveReport";

type Props = { name: string; version: number };

/** The gates of a registered version: its reports at the left, the gate file that holds for the model at the right. */
export function VersionGates({ name, version }: Props) {
  const reports = useQuery(gateReportsQuery(name, version));
  const file = useQuery(gateFileQuery(name));
  if (reports.isError)
    return (
      <ErrorState
        title="The reports could not be read"
        error={reports.error}
        safe="Nothing was changed."
        onRetry={() => void reports.refetch()}
      />
    );
  if (!reports.data) return <Skeleton rows={12} />;
  return (
    <div className="flex h-full min-h-0">
      <Split
        id="lab.gates"
        label="Width of the gate file"
        sized="end"
        initial={460}
        min={340}
        max={760}
        minRest={520}
        start={<Reports name={name} version={version} reports={reports.data} file={file.data ?? null} />}
        end={
          file.data ? (
            <GateFileEditor view={file.data} />
          ) : file.isError ? (
            <ErrorState
              title="The gate file could not be read"
              error={file.error}
              safe="Nothing was changed."
              onRetry={() => void file.refetch()}
            />
          ) : (
            <Skeleton rows={12} />
          )
        }
      />
    </div>
  );
}

type ReportsProps = Props & { reports: GateReport[]; file: GateFileView | null };

function Reports({ name, version, reports, file }: ReportsProps) {
  const run = useVersionGates();
  const [chosen, setChosen] = useState<GateReport | null>(null);
  const shown = chosen ?? reports[0] ?? null;
  const start = () => {
    setChosen(null);
    run.mutate({ name, version });
  };
  const action = run.isPending ? (
    <Button icon={CircleStop} data-testid="stop-gates" onClick={run.cancel}>
      Stop
    </Button>
  ) : (
    <Button icon={ListChecks} data-testid="run-gates" onClick={start}>
      {reports.length > 0 ? "Run again" : "Run gates"}
    </Button>
  );
  return (
    <div className="flex h-full flex-col gap-2.5 overflow-auto p-3" data-testid="version-gates">
      <header className="flex flex-none items-center gap-2">
        <h3 className="font-semibold text-head">
          Gates of {name} v{version}
        </h3>
        <span className="ml-auto flex gap-2">
          {!run.isPending && shown?.reportId && <SaveReport of={{ reportId: shown.reportId }} />}
          {(run.isPending || shown) && action}
        </span>
      </header>
      {run.isError && !isCancelled(run.error) && (
        <ErrorLine title="The gates could not be run" error={run.error} onDismiss={run.reset} />
      )}
      {run.isPending ? (
        <RunningView asked={file?.asked ?? []} checks={run.checks} step={run.step} fraction={run.fraction} />
      ) : shown ? (
        <>
          <ReportView report={shown} outdated={outdated(shown, file)} />
          {reports.length > 1 && <Runs reports={reports} shown={shown} onShow={setChosen} />}
        </>
      ) : (
        <>
          <div className="flex-none py-6">
            <EmptyState
              icon={ListChecks}
              title="The gates have not been run on this version"
              detail="They measure it on this machine and change nothing. Deploying runs them first."
              action={action}
            />
          </div>
          {file && (
            <Card>
              <CardHead title="What will be asked">{file.asked.length}</CardHead>
              <ul>
                {file.asked.map((gate) => (
                  <Waiting key={gate.id} gate={gate} />
                ))}
              </ul>
            </Card>
          )}
        </>
      )}
    </div>
  );
}

/** A report of other limits than those that hold now cannot deploy anything. */
function outdated(report: GateReport, file: GateFileView | null): string | undefined {
  if (!file || report.gateFile?.sha256 === file.about.sha256) return undefined;
  return "The gate file has changed since: run the gates again before this counts.";
}
