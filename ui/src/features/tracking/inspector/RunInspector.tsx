import { useQuery } from "@tanstack/react-query";
import { Anchor, Copy } from "lucide-react";
import { useState } from "react";
import { Button, ErrorState, IconButton, Sheet, Skeleton, Tabs, toast } from "@/components";
import type { Run } from "@/lib/api";
import { copyText } from "@/lib/clipboard";
import { formatInteger, formatReading, formatTime, fullReading } from "@/lib/format";
import { useSignal } from "@/lib/signal";
import { runQuery } from "../queries";
import { RunStatusIcon, RunTime } from "../runStatus";
import { openedRun, useExperimentView } from "../state";
import { addClause, clauseFor } from "../table/filterTokens";
import { ArtifactTree } from "./ArtifactTree";
import { PairTable } from "./PairTable";

type Part = "overview" | "metrics" | "artifacts";

/** Everything a run has logged, from the right; the table and the charts stay live beside it. */
export function RunInspector() {
  const runId = useSignal(openedRun);
  const close = () => openedRun.set(null);
  const { data: run, error, refetch } = useQuery({ ...runQuery(runId ?? ""), enabled: runId !== null });
  return (
    <Sheet
      open={runId !== null}
      onClose={close}
      keepFocus
      title={run?.name ?? "Run"}
      sub={run && <RunStatusIcon status={run.status} iconOnly={false} />}
      data-testid="run-inspector"
      actions={
        runId && (
          <IconButton
            icon={Copy}
            label="Copy run id"
            onClick={() => void copyText(runId).then(() => toast.ok({ title: "Run id copied", detail: runId }))}
          />
        )
      }
    >
      {error && !run ? (
        <ErrorState title="The run could not be read" error={error} onRetry={() => void refetch()} />
      ) : run ? (
        <Body run={run} />
      ) : (
        <Skeleton rows={10} />
      )}
    </Sheet>
  );
}

function Body({ run }: { run: Run }) {
  const [part, setPart] = useState<Part>("overview");
  const [view, change] = useExperimentView(run.experimentId);
  const filter = (entity: "params" | "tags") => (key: string, value: string, keep: boolean) =>
    change({ filter: addClause(view.filter, clauseFor(entity, key, value, keep)) });
  const isBaseline = view.baseline === run.runId;
  const tags = run.tags.filter((tag) => !tag.key.startsWith("mlflow.log-model.history"));
  return (
    <div className="flex h-full flex-col">
      <Tabs<Part>
        label="Run"
        value={part}
        onChange={setPart}
        items={[
          {
            value: "overview",
            label: "Overview",
            content: (
              <>
                <dl className="kv px-3 py-2">
                  <dt>Run id</dt>
                  <dd className="mono">{run.runId}</dd>
                  <dt>Started</dt>
                  <dd>{formatTime(run.startedAtMs)}</dd>
                  <dt>Time</dt>
                  <dd>
                    <RunTime run={run} />
                  </dd>
                  <dt>User</dt>
                  <dd>{run.user || "—"}</dd>
                </dl>
                <Heading title="Parameters" count={run.params.length} />
                <PairTable pairs={run.params} onFilter={filter("params")} />
                <Heading title="Tags" count={tags.length} />
                <PairTable pairs={tags} onFilter={filter("tags")} />
              </>
            ),
          },
          {
            value: "metrics",
            label: "Metrics",
            count: run.metrics.length,
            content: <Metrics run={run} />,
          },
          { value: "artifacts", label: "Artifacts", content: <ArtifactTree runId={run.runId} /> },
        ]}
      />
      <footer className="flex h-10 flex-none items-center gap-2 border-line border-t px-3">
        <Button
          icon={Anchor}
          onClick={() => change({ baseline: isBaseline ? null : run.runId })}
          data-testid="set-baseline"
        >
          {isBaseline ? "Clear baseline" : "Set as baseline"}
        </Button>
      </footer>
    </div>
  );
}

const Heading = ({ title, count }: { title: string; count: number }) => (
  <h4 className="flex h-7 items-center gap-2 border-line-2 border-y bg-app px-3 font-semibold">
    {title}
    <span className="tnum font-normal text-fg-3 text-label">{formatInteger(count)}</span>
  </h4>
);

function Metrics({ run }: { run: Run }) {
  if (run.metrics.length === 0) return <p className="px-3 py-2 text-fg-3">This run has logged no metrics.</p>;
  return (
    <table className="tnum w-full table-fixed">
      <thead className="text-fg-3 text-label">
        <tr className="h-6 border-line border-b">
          <th className="px-3 text-left font-normal">Metric</th>
          <th className="w-18 px-2 text-right font-normal">latest</th>
          <th className="w-18 px-2 text-right font-normal">min</th>
          <th className="w-18 px-2 text-right font-normal">max</th>
          <th className="w-16 pr-3 pl-2 text-right font-normal">points</th>
        </tr>
      </thead>
      <tbody>
        {run.metrics.map((metric) => (
          <tr key={metric.key} className="h-6 border-line-2 border-b">
            <td className="truncate px-3" title={metric.key}>
              {metric.key}
            </td>
            <td
              className="selectable px-2 text-right"
              title={`${fullReading(metric.latest)} at step ${metric.latestStep}`}
            >
              {formatReading(metric.latest)}
            </td>
            <td className="px-2 text-right text-fg-2" title={fullReading(metric.min)}>
              {formatReading(metric.min)}
            </td>
            <td className="px-2 text-right text-fg-2" title={fullReading(metric.max)}>
              {formatReading(metric.max)}
            </td>
            <td className="pr-3 pl-2 text-right text-fg-3">{formatInteger(metric.count)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
