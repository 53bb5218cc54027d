import { useQueries } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { type Column, DataTable, ErrorState, Sheet, Skeleton, Switch } from "@/components";
import type { DrydockError, Run } from "@/lib/api";
import { formatInteger, plural } from "@/lib/format";
import { useRunColors } from "@/lib/runColors";
import { useSignal } from "@/lib/signal";
import { runQuery } from "../queries";
import { RunStatusIcon } from "../runStatus";
import { comparedRuns, openedRun } from "../state";
import { type CompareRow, compareRows } from "./rows";

const MOST = 12;
const rowKey = (row: CompareRow) => `${row.kind} ${row.key}`;

/** Runs side by side: each parameter, metric and tag a row; where they differ is what one looks for. */
export function CompareRuns() {
  const asked = useSignal(comparedRuns);
  const ids = asked?.slice(0, MOST) ?? [];
  return (
    <Sheet
      open={asked !== null}
      onClose={() => comparedRuns.set(null)}
      title="Compare runs"
      sub={
        asked && asked.length > MOST
          ? `${MOST} of ${formatInteger(asked.length)} checked runs`
          : plural(ids.length, "run")
      }
      width="min(1180px, calc(100vw - 160px))"
      data-testid="compare-sheet"
    >
      {asked !== null && <Comparison key={ids.join()} ids={ids} />}
    </Sheet>
  );
}

function Comparison({ ids }: { ids: readonly string[] }) {
  const answers = useQueries({ queries: ids.map((id) => runQuery(id)) });
  const [onlyDifferent, setOnlyDifferent] = useState(true);
  const [active, setActive] = useState<string | null>(null);
  const colorOf = useRunColors();
  // A run that was deleted for good meanwhile does not keep the others from being compared.
  const isGone = ({ error }: { error: DrydockError | null }) => error?.kind === "not_found";
  const gone = answers.filter(isGone).length;
  const failed = answers.filter((answer) => answer.isError && !answer.data && !isGone(answer));
  const loaded = answers.every((answer) => answer.data || isGone(answer));
  const stamp = answers.map((answer) => answer.dataUpdatedAt).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the stamps stand for the answers
  const runs = useMemo(() => answers.flatMap((answer) => answer.data ?? []), [stamp]);
  const all = useMemo(() => compareRows(runs), [runs]);
  const rows = useMemo(() => (onlyDifferent ? all.filter((row) => row.differs) : all), [all, onlyDifferent]);
  const columns = useMemo(() => comparisonColumns(runs, colorOf), [runs, colorOf]);
  const again = () => {
    for (const answer of failed) void answer.refetch();
  };
  if (failed[0]) return <ErrorState title="The runs could not be read" error={failed[0].error} onRetry={again} />;
  if (!loaded) return <Skeleton rows={16} />;
  return (
    <div className="flex h-full flex-col">
      <div className="flex h-9 flex-none items-center gap-2 border-line border-b px-3">
        <Switch label="Only what differs" checked={onlyDifferent} onChange={setOnlyDifferent} />
        {gone > 0 && <span className="text-warn">{plural(gone, "run")} left out: deleted for good</span>}
        <span className="tnum ml-auto text-fg-3 text-label">
          {formatInteger(rows.length)} of {formatInteger(all.length)} rows
        </span>
      </div>
      <DataTable
        label="Runs side by side"
        rows={rows}
        columns={columns}
        rowKey={rowKey}
        rowTestId="compare-row"
        activeKey={active}
        onActive={(row) => setActive(rowKey(row))}
        empty={<p className="p-3 text-fg-3">The runs are equal in parameters, metrics and tags.</p>}
      />
    </div>
  );
}

const KIND = { param: "param", metric: "latest", tag: "tag", about: "" };

function comparisonColumns(runs: readonly Run[], colorOf: ReturnType<typeof useRunColors>): Column<CompareRow>[] {
  return [
    {
      id: "key",
      header: "",
      width: 200,
      pinned: true,
      title: (row) => row.key,
      cell: (row) => (
        <>
          <span className="min-w-0 flex-1 truncate">{row.key}</span>
          <span className="text-fg-3 text-label">{KIND[row.kind]}</span>
        </>
      ),
    },
    ...runs.map(
      (run, at): Column<CompareRow> => ({
        id: run.runId,
        header: (
          <button
            type="button"
            onClick={() => openedRun.set(run.runId)}
            className="flex items-center gap-1.5 hover:underline"
            title={run.runId}
          >
            <RunStatusIcon status={run.status} />
            <i
              aria-hidden
              className="size-2 flex-none rounded-[2px]"
              style={{ background: colorOf(run.runId).color }}
            />
            <span className="truncate">{run.name}</span>
          </button>
        ),
        width: 148,
        align: "right",
        title: (row) => row.cells[at]?.title,
        cell: (row) => {
          const cell = row.cells[at];
          if (!cell) return <span className="text-fg-3">—</span>;
          return (
            <span className={row.differs ? "selectable truncate" : "selectable truncate text-fg-3"}>{cell.text}</span>
          );
        },
      }),
    ),
  ];
}
