import { Timer } from "lucide-react";
import { useState } from "react";
import { EmptyState } from "@/components/EmptyState";
import { ErrorLine } from "@/components/ErrorLine";
import { ProgressBar } from "@/components/ProgressBar";
import { isCancelled, type TaskProgress } from "@/lib/api";
import { BenchmarkForm, type BenchmarkSettings } from "./BenchmarkForm";
import { BenchmarkResult } from "./BenchmarkResult";
import { useBenchmark } from "./queries";

/** Measures latency on this machine: settings left, what was found right; the last result stays until the next one. */
export function BenchmarkPanel({ name, version }: { name: string; version: number }) {
  const benchmark = useBenchmark();
  const [settings, setSettings] = useState<BenchmarkSettings>({ durationMs: 5_000, threads: 1 });
  const [cancelled, setCancelled] = useState(false);
  const [kept, setKept] = useState<typeof benchmark.data>(undefined);
  const report = benchmark.data ?? kept;

  const run = () => {
    setCancelled(false);
    setKept(report);
    benchmark.mutate({ name, version, ...settings }, { onError: (error) => setCancelled(isCancelled(error)) });
  };

  return (
    <div className="flex h-full min-h-0">
      <BenchmarkForm
        settings={settings}
        running={benchmark.isPending}
        again={report !== undefined}
        fingerprint={report?.fingerprint ?? null}
        onChange={setSettings}
        onRun={run}
        onCancel={benchmark.cancel}
      />
      <div className="flex min-w-0 flex-1 flex-col overflow-y-auto">
        {benchmark.isPending && <Running progress={benchmark.progress} />}
        {cancelled && <p className="px-3 pt-3 text-fg-2">Cancelled; nothing was kept of that run.</p>}
        {benchmark.isError && !cancelled && (
          <div className="p-3 pb-1">
            <ErrorLine
              title="The benchmark did not finish"
              error={benchmark.error}
              onDismiss={benchmark.reset}
              data-testid="benchmark-error"
            />
          </div>
        )}
        {report ? (
          <BenchmarkResult report={report} version={version} stale={benchmark.isPending} />
        ) : (
          !benchmark.isPending &&
          !benchmark.isError && (
            <EmptyState
              icon={Timer}
              title="Not measured yet"
              detail="A run warms up, measures one call after the other, and refuses every percentile that has too few samples."
            />
          )
        )}
      </div>
    </div>
  );
}

const sentence = (step: string) => step.charAt(0).toUpperCase() + step.slice(1);

function Running({ progress }: { progress: TaskProgress | null }) {
  return (
    <div className="flex-none px-3 pt-3" data-testid="benchmark-progress">
      <p className="tnum flex justify-between pb-1.5">
        <span className="font-medium">{sentence(progress?.step ?? "starting")}</span>
        <span className="text-fg-2">{progress?.detail}</span>
      </p>
      <ProgressBar label="Benchmark" fraction={progress?.fraction ?? null} />
    </div>
  );
}
