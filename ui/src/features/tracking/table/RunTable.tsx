import { useCallback, useMemo } from "react";
import { DataTable, EmptyState } from "@/components";
import type { Run } from "@/lib/api";
import { useNow } from "@/lib/clock";
import { formatInteger, plural } from "@/lib/format";
import { useRunColors } from "@/lib/runColors";
import { useSignal } from "@/lib/signal";
import { splitColumn } from "../queries";
import { type ExperimentView, hoveredRun, openedRun, type useDrawnRuns } from "../state";
import { type RunColumn, sortByAggregate } from "./columns";
import { pinnedColumns, valueColumns } from "./runColumns";

type Props = {
  runs: readonly Run[];
  total: number;
  runCount: number;
  available: readonly RunColumn[];
  columns: readonly string[];
  view: ExperimentView;
  change: (part: Partial<ExperimentView>) => void;
  selection: ReturnType<typeof useDrawnRuns>;
  active: string | null;
  onActive: (runId: string) => void;
  onEndReached: (() => void) | undefined;
};

const MINUTE = 60_000;
const rowKey = (run: Run) => run.runId;

/** Runs as rows: parameters and metrics beside each other, one selection with the charts. */
export function RunTable(props: Props) {
  const { runs, total, view, change, selection, available } = props;
  const hovered = useSignal(hoveredRun);
  const colorOf = useRunColors();
  const minute = Math.floor(useNow() / MINUTE) * MINUTE;
  const { sort, aggregate } = view;

  const rows = useMemo(() => {
    if (!sort || aggregate === "latest" || !sort.id.startsWith("metrics.")) return runs;
    return sortByAggregate(runs, splitColumn(sort.id)[1], aggregate, sort.desc);
  }, [runs, sort, aggregate]);
  const baseline = useMemo(() => runs.find((run) => run.runId === view.baseline) ?? null, [runs, view.baseline]);

  const { isDrawn, set, setAll, chosen } = selection;
  const all = runs.length > 0 && runs.every((run) => isDrawn(run.runId));
  const values = useMemo(() => {
    const byId = new Map(available.map((column) => [column.id, column]));
    const shown = props.columns.flatMap((id) => byId.get(id) ?? []);
    return valueColumns(shown, runs, baseline, aggregate, minute);
  }, [available, props.columns, runs, baseline, aggregate, minute]);
  const columns = [
    ...pinnedColumns(
      {
        isDrawn,
        set,
        colorOf,
        header: {
          checked: all ? true : chosen.length > 0 ? "mixed" : false,
          onChange: () => setAll(chosen.length > 0 ? [] : runs.map(rowKey)),
        },
      },
      view.baseline,
    ),
    ...values,
  ];

  const onSort = (id: string) => {
    if (sort?.id !== id) change({ sort: { id, desc: !id.startsWith("attributes.run_name") } });
    else if (sort.desc === !id.startsWith("attributes.run_name")) change({ sort: { id, desc: !sort.desc } });
    else change({ sort: null });
  };
  const open = useCallback((run: Run) => openedRun.set(run.runId), []);

  return (
    <DataTable
      label="Runs"
      rows={rows}
      columns={columns}
      rowKey={rowKey}
      rowTestId="run-row"
      activeKey={props.active}
      hoveredKey={hovered}
      onHover={hoveredRun.set}
      onActive={(run) => props.onActive(run.runId)}
      onOpen={open}
      onToggle={(run) => set(run.runId, !isDrawn(run.runId))}
      sort={sort ?? { id: "attributes.start_time", desc: true }}
      onSort={onSort}
      onEndReached={props.onEndReached}
      empty={
        <div className="h-40">
          <EmptyState
            title={view.filter ? "No run matches the filter" : "No runs in this experiment yet"}
            detail={
              view.filter
                ? `${plural(props.runCount, "run")} in the experiment.`
                : "They appear here as they are logged."
            }
          />
        </div>
      }
      footer={
        <>
          <b className="font-semibold text-fg">
            {formatInteger(total)} of {plural(props.runCount, "run")}
          </b>
          <span>{formatInteger(chosen.length)} drawn</span>
          {selection.hidden > 0 && <span>{formatInteger(selection.hidden)} of them hidden by the filter</span>}
          {baseline && <span>baseline {baseline.name}</span>}
          {runs.length < total && <span className="ml-auto">{formatInteger(runs.length)} loaded</span>}
          {aggregate !== "latest" && sort?.id.startsWith("metrics.") && runs.length < total && (
            <span className="text-warn">order covers the loaded runs</span>
          )}
        </>
      }
    />
  );
}
