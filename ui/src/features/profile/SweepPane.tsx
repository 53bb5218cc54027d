import { ChartScatter } from "lucide-react";
import { useState } from "react";
import { EmptyState } from "@/components/EmptyState";
import { ErrorLine } from "@/components/ErrorLine";
import { ProgressBar } from "@/components/ProgressBar";
import { isCancelled, type Provider } from "@/lib/api";
import { formatInteger } from "@/lib/format";
import { signal, useSignal } from "@/lib/signal";
import { SweepForm } from "./SweepForm";
import { SweepResult } from "./SweepResult";
import type { InspectSource } from "./source";
import { FIRST_CHOICE, type SweepChoice } from "./sweepGrid";
import { useSweep } from "./sweepQueries";

/** The choice outlives a look at another bench. */
const chosen = signal<SweepChoice>(FIRST_CHOICE);

type Props = { source: InspectSource; providers: readonly Provider[]; head: React.ReactNode };

/** Batch, threads, provider, optimisation level and binding, and which points nothing beats. */
export function SweepPane({ source, providers, head }: Props) {
  const choice = useSignal(chosen);
  const sweep = useSweep(source, choice);
  const [dismissed, setDismissed] = useState<unknown>(null);
  const failure = sweep.isError && !isCancelled(sweep.error) ? sweep.error : sweep.unread;
  const { report } = sweep;
  return (
    <>
      <aside className="w-66 flex-none overflow-y-auto overflow-x-hidden border-line border-r">
        {head}
        <SweepForm
          choice={choice}
          providers={providers}
          running={sweep.isPending}
          done={report?.points.length ?? 0}
          onChange={chosen.set}
          onRun={() => sweep.mutate()}
          onStop={sweep.stop}
        />
      </aside>
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        {sweep.isPending && report && (
          <div className="flex-none px-3 pt-3" data-testid="sweep-progress">
            <p className="tnum flex justify-between pb-1.5">
              <span className="font-medium">Measuring</span>
              <span className="text-fg-2">
                {formatInteger(report.points.length)} of {formatInteger(report.asked)} points
              </span>
            </p>
            <ProgressBar label="Sweep" fraction={report.points.length / report.asked} />
          </div>
        )}
        {failure && failure !== dismissed && (
          <div className="p-3 pb-1">
            <ErrorLine
              title="The sweep did not finish"
              error={failure}
              onDismiss={() => setDismissed(failure)}
              data-testid="sweep-error"
            />
          </div>
        )}
        {report && report.points.length > 0 ? (
          <SweepResult report={report} />
        ) : (
          !sweep.isPending && (
            <EmptyState
              icon={ChartScatter}
              title="Nothing is measured yet"
              detail="Each combination is measured in a worker of its own. A point that no other beats in both throughput and latency is on the Pareto front; a percentile with too few runs is refused and on none."
            />
          )
        )}
      </div>
    </>
  );
}
