import { useQuery } from "@tanstack/react-query";
import { FlaskConical, RotateCcw, Trash2 } from "lucide-react";
import { useMemo, useState } from "react";
import { Button, Checkbox, type Column, DataTable, EmptyState, ErrorState, PageBar, Skeleton } from "@/components";
import type { TrashedRun } from "@/lib/api";
import { useMinute } from "@/lib/clock";
import { formatAgo, formatInteger, formatTime, plural } from "@/lib/format";
import { restoreExperiment, restoreRuns } from "../bulk/actions";
import { trashQuery } from "../queries";
import { openedRun } from "../state";

const rowKey = (run: TrashedRun) => run.runId;

/** What was deleted, by whom and when, and the way back. Nothing here deletes for good. */
export function TrashPage() {
  const trash = useQuery(trashQuery());
  if (trash.isError && !trash.data)
    return <ErrorState title="The trash could not be read" error={trash.error} onRetry={() => void trash.refetch()} />;
  if (!trash.data) return <Skeleton rows={20} />;
  const { experiments, runs, runCount, retentionDays } = trash.data;
  const empty = experiments.length === 0 && runCount === 0;
  return (
    <div className="flex min-h-0 flex-1 flex-col" data-testid="trash-page">
      <PageBar
        title="Trash"
        sub={
          empty
            ? undefined
            : [
                experiments.length > 0 && plural(experiments.length, "experiment"),
                runCount > 0 && plural(runCount, "run"),
              ]
                .filter(Boolean)
                .join(", ")
        }
      />
      {empty ? (
        <EmptyState
          icon={Trash2}
          title="The trash is empty"
          detail={`Deleted experiments and runs wait here; drydock gc deletes them for good after ${plural(retentionDays, "day")}.`}
        />
      ) : (
        <>
          <p className="flex-none border-line border-b bg-app px-3 py-1.5 text-fg-3 text-label">
            Nothing here is deleted for good by this window. On the command line,{" "}
            <code className="mono text-fg-2">drydock gc</code> deletes what has been here for more than{" "}
            {plural(retentionDays, "day")}; with <code className="mono text-fg-2">--dry-run</code> it only says what it
            would delete.
          </p>
          {experiments.length > 0 && <Experiments experiments={experiments} />}
          {runCount > 0 && <Runs runs={runs} total={runCount} />}
        </>
      )}
    </div>
  );
}

function Deleted({ atMs, by }: { atMs: number | null; by: string | null }) {
  const now = useMinute();
  if (atMs === null) return <span className="text-fg-3">not recorded</span>;
  return (
    <span title={formatTime(atMs)}>
      {formatAgo(atMs, Math.max(now, atMs))}
      {by && <span className="text-fg-3"> by {by}</span>}
    </span>
  );
}

type ExperimentsProps = { experiments: import("@/lib/api").Trash["experiments"] };

function Experiments({ experiments }: ExperimentsProps) {
  return (
    <section
      aria-label="Deleted experiments"
      className="max-h-[40%] flex-none overflow-y-auto border-line border-b bg-panel"
    >
      <h3 className="sticky top-0 flex h-8 items-center gap-2 border-line-2 border-b bg-panel px-3 font-semibold">
        Experiments <span className="tnum font-normal text-fg-3 text-label">{formatInteger(experiments.length)}</span>
      </h3>
      <ul>
        {experiments.map((experiment) => (
          <li
            key={experiment.experimentId}
            data-testid="trashed-experiment"
            className="flex h-8 items-center gap-3 border-line-2 border-b px-3 last:border-b-0 hover:bg-hover"
          >
            <FlaskConical size={14} className="text-fg-3" aria-hidden />
            <span className="selectable min-w-0 flex-1 truncate">{experiment.name}</span>
            <span className="tnum text-fg-2">{plural(experiment.runCount, "run")}</span>
            <span className="w-48 text-right">
              <Deleted atMs={experiment.deletedAtMs} by={experiment.deletedBy} />
            </span>
            <Button
              icon={RotateCcw}
              data-testid="restore-experiment"
              onClick={() => void restoreExperiment(experiment.experimentId, experiment.name)}
            >
              Restore
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Runs({ runs, total }: { runs: readonly TrashedRun[]; total: number }) {
  const [checked, setChecked] = useState<ReadonlySet<string>>(new Set());
  const [active, setActive] = useState<string | null>(null);
  const chosen = useMemo(() => runs.filter((run) => checked.has(run.runId)).map(rowKey), [runs, checked]);
  const columns = useMemo(() => columnsOf(runs, checked, setChecked), [runs, checked]);
  return (
    <section aria-label="Deleted runs" className="flex min-h-0 flex-1 flex-col">
      <h3 className="flex h-9 flex-none items-center gap-2 border-line border-b bg-panel px-3 font-semibold">
        Runs
        <span className="tnum font-normal text-fg-3 text-label">
          {runs.length < total
            ? `${formatInteger(runs.length)} of ${formatInteger(total)}, deleted last`
            : formatInteger(total)}
        </span>
        <span className="ml-auto font-normal">
          <Button
            icon={RotateCcw}
            disabled={chosen.length === 0}
            data-testid="restore-runs"
            onClick={() => void restoreRuns(chosen).then((done) => done && setChecked(new Set()))}
          >
            Restore {chosen.length > 0 ? plural(chosen.length, "run") : "runs"}
          </Button>
        </span>
      </h3>
      <DataTable
        label="Deleted runs"
        rows={runs}
        columns={columns}
        rowKey={rowKey}
        rowHeight={28}
        rowTestId="trashed-run"
        activeKey={active}
        onActive={(run) => setActive(run.runId)}
        onOpen={(run) => openedRun.set(run.runId)}
        rowMenu={(run) => [
          { heading: run.name },
          { label: "Restore run", icon: RotateCcw, onSelect: () => void restoreRuns([run.runId]) },
          { label: "Open run", onSelect: () => openedRun.set(run.runId) },
        ]}
      />
    </section>
  );
}

function columnsOf(
  runs: readonly TrashedRun[],
  checked: ReadonlySet<string>,
  onChecked: (next: ReadonlySet<string>) => void,
): Column<TrashedRun>[] {
  const every = runs.length > 0 && runs.every((run) => checked.has(run.runId));
  const toggle = (runId: string) => {
    const next = new Set(checked);
    if (!next.delete(runId)) next.add(runId);
    onChecked(next);
  };
  return [
    {
      id: "select",
      header: (
        <Checkbox
          label="Choose all runs"
          checked={every ? true : checked.size > 0 ? "mixed" : false}
          onChange={() => onChecked(every ? new Set() : new Set(runs.map(rowKey)))}
        />
      ),
      width: 36,
      pinned: true,
      cell: (run) => (
        <Checkbox
          label={`Choose ${run.name}`}
          tabIndex={-1}
          data-testid="trashed-check"
          checked={checked.has(run.runId)}
          onChange={() => toggle(run.runId)}
        />
      ),
    },
    {
      id: "name",
      header: "Run",
      width: 240,
      grow: true,
      title: rowKey,
      cell: (run) => <span className="truncate">{run.name}</span>,
    },
    {
      id: "experiment",
      header: "Experiment",
      width: 220,
      className: "text-fg-2",
      title: (run) => run.experimentName,
      cell: (run) => <span className="truncate">{run.experimentName}</span>,
    },
    { id: "status", header: "Status", width: 96, className: "text-fg-2", cell: (run) => run.status.toLowerCase() },
    {
      id: "started",
      header: "Started",
      width: 180,
      className: "text-fg-2",
      cell: (run) => formatTime(run.startedAtMs),
    },
    {
      id: "deleted",
      header: "Deleted",
      width: 180,
      align: "right",
      cell: (run) => <Deleted atMs={run.deletedAtMs} by={run.deletedBy} />,
    },
  ];
}
