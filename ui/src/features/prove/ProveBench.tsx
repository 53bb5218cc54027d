import { Scale } from "lucide-react";
import { useState } from "react";
import { EmptyState } from "@/components/EmptyState";
import { ErrorLine } from "@/components/ErrorLine";
import { ProgressBar } from "@/components/ProgressBar";
import { Split } from "@/components/Split";
import { isCancelled, type TaskProgress } from "@/lib/api";
import type { InspectSource } from "@/lib/view";
import { CompareResult } from "./CompareResult";
import { DivergenceCard } from "./DivergenceCard";
import { ProveForm } from "./ProveForm";
import { useCompare, useDivergence, useRepeat } from "./queries";
import { RepeatResult } from "./RepeatResult";
import { compareInput, divergenceInput, FIRST, repeatInput, type Settings } from "./settings";

/** What a model computes, against what it should: the question at the left, the answer at the right. */
export function ProveBench({ source }: { source: InspectSource }) {
  const [settings, setSettings] = useState<Settings>(FIRST);
  const compare = useCompare();
  const divergence = useDivergence();
  const repeat = useRepeat();
  const repeats = settings.against === "repeat";
  const work = repeats ? repeat : compare;
  // What was asked stays with its answer: the form may have moved on.
  const [asked, setAsked] = useState<Settings | null>(null);

  const run = () => {
    if (repeats) return repeat.mutate(repeatInput(source, settings));
    setAsked(settings);
    divergence.reset();
    compare.mutate(compareInput(source, settings));
  };
  const search = () => {
    const input = asked && divergenceInput(source, asked);
    if (input) divergence.mutate(input);
  };
  const searchable = asked !== null && (asked.against === "model" || asked.against === "level");
  const failed = work.isError && !isCancelled(work.error);
  const shown = repeats ? repeat.data : compare.data;

  return (
    <div className="flex h-full min-h-0">
      <Split
        id="lab.prove"
        label="Width of the question"
        initial={288}
        min={256}
        max={420}
        start={
          <ProveForm
            source={source}
            settings={settings}
            running={work.isPending}
            again={shown !== undefined}
            onChange={(part) => setSettings((before) => ({ ...before, ...part }))}
            onRun={run}
            onCancel={work.cancel}
          />
        }
        end={
          <div className="flex min-h-0 flex-1 flex-col gap-3 overflow-y-auto p-3" data-testid="prove-answer">
            {work.isPending && <Running progress={work.progress} what={repeats ? "Repeating" : "Comparing"} />}
            {work.isError && isCancelled(work.error) && <p className="text-fg-2">Cancelled; nothing was kept.</p>}
            {failed && <ErrorLine title="This could not be proved" error={work.error} onDismiss={work.reset} />}
            {repeats && repeat.data && <RepeatResult report={repeat.data} />}
            {!repeats && compare.data && (
              <CompareResult report={compare.data} stale={compare.isPending}>
                {searchable && <DivergenceCard source={source} search={divergence} onSearch={search} />}
              </CompareResult>
            )}
            {shown === undefined && !work.isPending && !work.isError && (
              <EmptyState
                icon={Scale}
                title="Nothing proved yet"
                detail="Choose what the outputs are held against. Every row is run in a worker, in batches, and the rows that are furthest off are kept."
              />
            )}
          </div>
        }
      />
    </div>
  );
}

export function Running({ progress, what }: { progress: TaskProgress | null; what: string }) {
  return (
    <div data-testid="prove-progress">
      <p className="tnum flex justify-between gap-3 pb-1.5">
        <span className="flex-none font-medium">{what}</span>
        <span className="truncate text-fg-2">{progress?.detail ?? "starting the worker"}</span>
      </p>
      <ProgressBar label={what} fraction={progress?.fraction ?? null} />
    </div>
  );
}
