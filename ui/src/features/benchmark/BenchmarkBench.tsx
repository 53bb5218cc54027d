import { Timer } from "lucide-react";
import { useState } from "react";
import { EmptyState } from "@/components/EmptyState";
import { ErrorLine } from "@/components/ErrorLine";
import { ProgressBar } from "@/components/ProgressBar";
import { toast } from "@/components/Toast";
import { api, isCancelled, type ModelSource, type TaskProgress } from "@/lib/api";
import { BenchmarkForm } from "./BenchmarkForm";
import { Outcome } from "./Outcome";
import { useBenchmark, useOtherVersions } from "./queries";
import { againstOf, type Draft, FIRST_DRAFT, settingsOf } from "./settings";

/** Measures a model on this machine: the load left, what was found right; the last result stays until the next one. */
export function BenchmarkBench({ source }: { source: ModelSource }) {
  const benchmark = useBenchmark();
  const others = useOtherVersions(source);
  const [draft, setDraft] = useState<Draft>(FIRST_DRAFT);
  const [cancelled, setCancelled] = useState(false);
  const [kept, setKept] = useState<typeof benchmark.data>(undefined);
  const outcome = benchmark.data ?? kept;
  const { settings, problems } = settingsOf(draft);

  const run = () => {
    if (!settings) return;
    setCancelled(false);
    setKept(outcome);
    benchmark.mutate(
      { source, settings, against: againstOf(draft, source) },
      { onError: (error) => setCancelled(isCancelled(error)) },
    );
  };
  const save = async () => {
    if (!outcome) return;
    try {
      const path = await api.saveBenchmark(outcome);
      if (path) toast.ok({ title: "Saved the report", detail: path });
    } catch (cause) {
      toast.error("The report was not saved", cause);
    }
  };

  return (
    <div className="flex h-full min-h-0" data-testid="benchmark-bench">
      <BenchmarkForm
        draft={draft}
        problems={problems}
        others={others}
        running={benchmark.isPending}
        last={outcome?.report ?? null}
        onChange={(part) => setDraft((before) => ({ ...before, ...part }))}
        onRun={run}
        onCancel={benchmark.cancel}
        onSave={() => void save()}
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
        {outcome ? (
          <Outcome outcome={outcome} stale={benchmark.isPending} />
        ) : (
          !benchmark.isPending &&
          !benchmark.isError && (
            <EmptyState
              icon={Timer}
              title="Not measured yet"
              detail="A run warms up, puts the load on, judges whether the machine held still, and refuses every percentile that has too few samples."
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
