import { useMemo } from "react";
import { Button, DataTable, EmptyState, type Sort } from "@/components";
import type { Run } from "@/lib/api";
import { useMinute } from "@/lib/clock";
import { formatInteger, plural } from "@/lib/format";
import { useRunColors } from "@/lib/runColors";
import { useSignal } from "@/lib/signal";
import { type ExperimentView, hoveredRun, type Missing, type MissingRuns, type useDrawnRuns } from "../state";
import type { RunColumn } from "./columns";
import { rowMenu } from "./rowMenu";
import { pinnedColumns, valueColumns } from "./runColumns";
import { useRunTableActions } from "./useRunTableActions";

type Props = {
  runs: readonly Run[];
  total: number;
  /** The rows answer an earlier filter, because this one is refused or still being answered. */
  stale: boolean;
  /** The filter cannot be read, so nobody knows which runs it means. */
  refused: boolean;
  runCount: number;
  available: readonly RunColumn[];
  columns: readonly string[];
  view: ExperimentView;
  change: (part: Partial<ExperimentView>) => void;
  selection: ReturnType<typeof useDrawnRuns>;
  missing: MissingRuns;
  active: string | null;
  onActive: (runId: string) => void;
  onEndReached: (() => void) | undefined;
  /** The next page could not be read. */
  endProblem: { message: string; retry: () => void } | null;
};

const NEWEST_FIRST: Sort = { id: "attributes.start_time", desc: true };
const rowKey = (run: Run) => run.runId;

/** Runs as rows: parameters and metrics beside each other, one selection with the charts. */
export function RunTable(props: Props) {
  const { runs, total, view, change, selection, available } = props;
  const { sort, aggregate } = view;
  const hovered = useSignal(hoveredRun);
  const colorOf = useRunColors();
  const minute = useMinute();

  const baseline = useMemo(() => runs.find((run) => run.runId === view.baseline) ?? null, [runs, view.baseline]);
  const actions = useRunTableActions({ rows: runs, selection, view, change, onActive: props.onActive });

  const { isDrawn, chosen } = selection;
  const values = useMemo(() => {
    const byId = new Map(available.map((column) => [column.id, column]));
    const shown = props.columns.flatMap((id) => byId.get(id) ?? []);
    return valueColumns(shown, runs, baseline, aggregate, minute);
  }, [available, props.columns, runs, baseline, aggregate, minute]);
  const all = runs.length > 0 && chosen.length >= runs.length && runs.every((run) => isDrawn(run.runId));
  const checked = all ? true : chosen.length > 0 ? "mixed" : false;
  const columns = useMemo(
    () => [...pinnedColumns({ isDrawn, colorOf, checked, actions }, view.baseline), ...values],
    [isDrawn, colorOf, checked, actions, view.baseline, values],
  );

  return (
    <DataTable
      label="Runs"
      rows={runs}
      columns={columns}
      rowKey={rowKey}
      rowTestId="run-row"
      activeKey={props.active}
      hoveredKey={hovered}
      onHover={hoveredRun.set}
      onActive={actions.activate}
      onOpen={actions.open}
      onKey={actions.key}
      rowMenu={(run, columnId) => rowMenu(run, columnId, view, change)}
      sort={sort ?? NEWEST_FIRST}
      onSort={actions.sort}
      onEndReached={props.onEndReached}
      empty={
        <NoRuns
          filter={view.filter === "" ? "none" : props.refused ? "refused" : "applied"}
          runCount={props.runCount}
          onClear={() => change({ filter: "" })}
        />
      }
      footer={
        <>
          <b className="font-semibold text-fg">
            {formatInteger(total)} of {plural(props.runCount, "run")}
          </b>
          {props.stale && <span className="text-warn">from the earlier filter</span>}
          <span>{formatInteger(chosen.length)} drawn</span>
          {props.missing.count > 0 && <Missed {...props.missing} />}
          {baseline && <span className="truncate">baseline {baseline.name}</span>}
          {props.endProblem ? (
            <span className="ml-auto flex min-w-0 items-center gap-2 text-bad" title={props.endProblem.message}>
              <span className="truncate">the next runs could not be read</span>
              <FootButton onClick={props.endProblem.retry}>Try again</FootButton>
            </span>
          ) : (
            runs.length < total && <span className="ml-auto">{formatInteger(runs.length)} loaded</span>
          )}
        </>
      }
    />
  );
}

const MISSED: Record<Missing, string> = {
  hidden: "of them hidden by the filter",
  unloaded: "of them not loaded yet",
  gone: "of them no longer here",
};

function Missed({ count, why, onLoad, onDrop }: MissingRuns) {
  return (
    <span className="flex items-center gap-2" data-testid="runs-missing">
      {formatInteger(count)} {MISSED[why]}
      {why === "unloaded" && onLoad && <FootButton onClick={onLoad}>Load more runs</FootButton>}
      {why === "gone" && <FootButton onClick={onDrop}>Uncheck</FootButton>}
    </span>
  );
}

function FootButton({ onClick, children }: { onClick: () => void; children: string }) {
  return (
    <button type="button" onClick={onClick} className="flex-none rounded text-accent hover:underline">
      {children}
    </button>
  );
}

type NoRunsProps = { filter: "none" | "applied" | "refused"; runCount: number; onClear: () => void };

const NO_RUNS = {
  none: "No runs in this experiment yet",
  applied: "No run matches the filter",
  refused: "The filter cannot be read",
};

function NoRuns({ filter, runCount, onClear }: NoRunsProps) {
  return (
    <div className="sticky left-0 h-40">
      <EmptyState
        title={NO_RUNS[filter]}
        detail={
          filter === "none" ? "They appear here as they are logged." : `The experiment has ${plural(runCount, "run")}.`
        }
        action={
          filter === "none" ? undefined : (
            <Button onClick={onClear} data-testid="filter-clear">
              Clear the filter
            </Button>
          )
        }
      />
    </div>
  );
}
