import { useQuery } from "@tanstack/react-query";
import { Play } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { EmptyState } from "@/components/EmptyState";
import { ErrorLine } from "@/components/ErrorLine";
import { ErrorState } from "@/components/ErrorState";
import { ProgressBar } from "@/components/ProgressBar";
import { Skeleton } from "@/components/Skeleton";
import { isCancelled, type RunSetup, type TaskProgress } from "@/lib/api";
import type { InspectSource } from "@/lib/view";
import { setupQuery, useKeptRun, useRunModel } from "./queries";
import { RunForm } from "./RunForm";
import { RunResult } from "./RunResult";
import { asked, firstSettings, type RunSettings } from "./settings";

/** Give a model rows, and see what it makes of them. */
export function RunBench({ source }: { source: InspectSource }) {
  const setup = useQuery(setupQuery(source));
  if (setup.data) return <Bench source={source} setup={setup.data} />;
  if (setup.isError)
    return (
      <ErrorState title="The model's inputs cannot be read" error={setup.error} onRetry={() => void setup.refetch()} />
    );
  return <Skeleton rows={12} />;
}

function Bench({ source, setup }: { source: InspectSource; setup: RunSetup }) {
  const run = useRunModel(source);
  const kept = useKeptRun(source);
  const [settings, setSettings] = useState<RunSettings>(() => firstSettings(setup));
  const wanted = asked(settings);
  const cancelled = run.isError && isCancelled(run.error);
  const start = () => wanted && !run.isPending && run.mutate(wanted);
  useKeys({ onRun: start, onCancel: run.isPending ? run.cancel : null });
  return (
    <div className="flex h-full min-h-0" data-testid="run-bench">
      <RunForm
        source={source}
        setup={setup}
        settings={settings}
        ready={wanted !== null}
        running={run.isPending}
        again={kept !== undefined}
        onChange={setSettings}
        onRun={start}
        onCancel={run.cancel}
      />
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        {run.isPending && <Running progress={run.progress} />}
        {cancelled && <p className="px-3 pt-3 text-fg-2">Cancelled; nothing was kept of that run.</p>}
        {run.isError && !cancelled && (
          <div className="p-3 pb-1">
            <ErrorLine title="The model did not run" error={run.error} onDismiss={run.reset} data-testid="run-error" />
          </div>
        )}
        {kept ? (
          <RunResult key={kept.id} run={kept} stale={run.isPending} />
        ) : (
          !run.isPending &&
          !run.isError && (
            <EmptyState
              icon={Play}
              title="Not run yet"
              detail="The model runs in a worker process of its own. Every output stays here as a table, with its range, its spread and its line over the rows, until it is run again."
            />
          )
        )}
      </div>
    </div>
  );
}

/** Ctrl+Enter runs from anywhere on the bench, Escape stops a run. */
function useKeys(keys: { onRun: () => void; onCancel: (() => void) | null }) {
  const now = useRef(keys);
  now.current = keys;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        now.current.onRun();
      } else if (event.key === "Escape" && now.current.onCancel) {
        // The sheet must not close over a run that is only to be stopped.
        event.preventDefault();
        event.stopPropagation();
        now.current.onCancel();
      }
    };
    window.addEventListener("keydown", onKey, true);
    return () => window.removeEventListener("keydown", onKey, true);
  }, []);
}

const sentence = (step: string) => step.charAt(0).toUpperCase() + step.slice(1);

function Running({ progress }: { progress: TaskProgress | null }) {
  return (
    <div className="flex-none px-3 pt-3" data-testid="run-progress">
      <p className="tnum flex justify-between pb-1.5">
        <span className="font-medium">{sentence(progress?.step ?? "starting")}</span>
        <span className="text-fg-2">{progress?.detail}</span>
      </p>
      <ProgressBar label="Run" fraction={progress?.fraction ?? null} />
    </div>
  );
}
