import { CircleStop, FileCog, ListChecks, X } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/Button";
import { EmptyState } from "@/components/EmptyState";
import { ErrorLine } from "@/components/ErrorLine";
import { IconButton } from "@/components/IconButton";
import { api, isCancelled } from "@/lib/api";
import { fileName } from "@/lib/artifacts";
import type { InspectSource } from "@/lib/view";
import { ReportView, RunningView } from "./Checklist";
import { useFileGates } from "./queries";
import { SaveReport } from "./SaveReport";

/** The gates of a file that is not registered, against a gate file on disk or the usual limits. Nothing is kept. */
export function FileGates({ source }: { source: InspectSource }) {
  const [gateFile, setGateFile] = useState<string | null>(null);
  const run = useFileGates(source);
  const choose = () =>
    void api.pickGateFile().then((path) => {
      if (path) setGateFile(path);
    });
  const chooser = (
    <Button icon={FileCog} disabled={run.isPending} onClick={choose} data-testid="pick-gate-file">
      {gateFile ? fileName(gateFile) : "Choose a gate file"}
    </Button>
  );
  const action = run.isPending ? (
    <Button icon={CircleStop} onClick={run.cancel} data-testid="stop-gates">
      Stop
    </Button>
  ) : (
    <Button icon={ListChecks} variant="primary" onClick={() => run.mutate(gateFile)} data-testid="run-gates">
      {run.data ? "Run again" : "Run gates"}
    </Button>
  );
  const begun = run.isPending || run.data;
  return (
    <div className="mx-auto flex h-full max-w-240 flex-col gap-2.5 overflow-auto p-3" data-testid="file-gates">
      {begun && (
        <header className="flex flex-none items-center gap-2">
          <h3 className="font-semibold text-head">Gates</h3>
          <span className="ml-auto flex items-center gap-2">
            {chooser}
            {gateFile && (
              <IconButton icon={X} label="Use the usual limits" size={24} onClick={() => setGateFile(null)} />
            )}
            {run.data && !run.isPending && <SaveReport of={{ evidence: run.data.evidence }} />}
            {action}
          </span>
        </header>
      )}
      {run.isError && !isCancelled(run.error) && (
        <ErrorLine title="The gates could not be run" error={run.error} onDismiss={run.reset} />
      )}
      {run.isPending ? (
        <RunningView asked={[]} checks={run.checks} step={run.step} fraction={run.fraction} />
      ) : run.data ? (
        <ReportView report={run.data.report} />
      ) : (
        <EmptyState
          icon={ListChecks}
          title={gateFile ? `Hold this file to ${fileName(gateFile)}` : "Hold this file to the usual limits"}
          detail="The gates run it on this machine. An input_example.json and an expected_output.json beside it are used. Nothing is kept but the report that you save."
          action={
            <>
              {chooser}
              {action}
            </>
          }
        />
      )}
    </div>
  );
}
