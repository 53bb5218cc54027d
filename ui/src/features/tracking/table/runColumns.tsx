import { Anchor, PanelRight } from "lucide-react";
import { Checkbox, type Column } from "@/components";
import type { Run } from "@/lib/api";
import { formatAge, formatReading, formatTime, fullReading, plainNumber } from "@/lib/format";
import type { RunStyle } from "@/lib/runColors";
import { RunStatusIcon, RunTime } from "../runStatus";
import type { Aggregate } from "../state";
import { delta, metricOf, paramOf, type RunColumn, reading } from "./columns";
import { DeltaCell } from "./DeltaCell";
import type { useRunTableActions } from "./useRunTableActions";

const EMPTY = <span className="text-fg-3">—</span>;

type Selection = {
  isDrawn: (runId: string) => boolean;
  colorOf: (runId: string) => RunStyle;
  checked: boolean | "mixed";
  actions: ReturnType<typeof useRunTableActions>;
};

/** Checkbox and name, pinned at the left. */
export function pinnedColumns(selection: Selection, baseline: string | null): Column<Run>[] {
  const { isDrawn, colorOf, checked, actions } = selection;
  return [
    {
      id: "select",
      header: (
        <Checkbox
          label={checked === false ? "Draw all runs" : "Draw no runs"}
          checked={checked}
          onChange={actions.toggleAll}
        />
      ),
      width: 32,
      pinned: true,
      cell: (run) => (
        <Checkbox
          label={`Draw ${run.name}`}
          tabIndex={-1}
          data-testid="run-checkbox"
          checked={isDrawn(run.runId)}
          color={colorOf(run.runId).color}
          onChange={(on, event) => actions.toggle(run.runId, on, event.shiftKey)}
        />
      ),
    },
    {
      id: "attributes.run_name",
      header: "Run",
      sub: "pinned",
      width: 176,
      pinned: true,
      sortable: true,
      title: (run) => `${run.name}\n${run.runId}`,
      cell: (run) => (
        <>
          <RunStatusIcon status={run.status} />
          <span
            data-testid="run-name"
            className={isDrawn(run.runId) ? "min-w-0 flex-1 truncate font-medium" : "min-w-0 flex-1 truncate"}
          >
            {run.name}
          </span>
          {run.runId === baseline && <Anchor size={12} className="text-fg-3" aria-label="Baseline" />}
          <button
            type="button"
            tabIndex={-1}
            aria-label={`Open ${run.name}`}
            title="Open run"
            data-testid="open-run"
            onClick={(event) => {
              event.stopPropagation();
              actions.open(run);
            }}
            className="hidden size-5 flex-none items-center justify-center rounded text-fg-2 hover:bg-line hover:text-fg group-hover/row:flex"
          >
            <PanelRight size={12} aria-hidden />
          </button>
        </>
      ),
    },
  ];
}

const width = (text: string, least: number, most: number) => Math.max(least, Math.min(most, text.length * 7 + 18));

function metricColumns(
  column: Extract<RunColumn, { kind: "metric" }>,
  runs: readonly Run[],
  baseline: Run | null,
  aggregate: Aggregate,
): Column<Run>[] {
  const value: Column<Run> = {
    id: column.id,
    header: column.key,
    sub: aggregate,
    width: Math.max(width(column.key, 72, 140), column.chars * 7 + 18),
    align: "right",
    sortable: true,
    title: (run) => fullReading(reading(metricOf(run, column.key), aggregate)),
    cell: (run) => {
      const at = reading(metricOf(run, column.key), aggregate);
      if (at === null) return EMPTY;
      const text = formatReading(at, column.digits);
      return text === "NaN" ? <span className="text-bad">NaN</span> : text;
    },
  };
  if (!baseline) return [value];
  const largest = Math.max(0, ...runs.map((run) => Math.abs(delta(run, baseline, column.key, aggregate) ?? 0)));
  return [
    value,
    {
      id: `delta.${column.key}`,
      header: "Δ",
      sub: "baseline",
      width: 70,
      align: "right",
      className: "relative",
      title: (run) =>
        `${column.key}: difference to ${baseline.name}: ${delta(run, baseline, column.key, aggregate) ?? "none"}`,
      cell: (run) => (
        <DeltaCell value={delta(run, baseline, column.key, aggregate)} digits={column.digits} largest={largest} />
      ),
    },
  ];
}

function paramColumn(column: Extract<RunColumn, { kind: "param" }>, baseline: Run | null): Column<Run> {
  const usual = baseline ? paramOf(baseline, column.key) : undefined;
  return {
    id: column.id,
    header: column.key,
    sub: "param",
    width: width(column.key, 64, 130),
    align: column.numeric ? "right" : "left",
    sortable: true,
    title: (run) => paramOf(run, column.key) ?? "not logged",
    cell: (run) => {
      const value = paramOf(run, column.key);
      if (value === undefined) return EMPTY;
      const quiet = baseline ? value === usual : column.uniform;
      return <span className={quiet ? "truncate text-fg-3" : "truncate"}>{plainNumber(value)}</span>;
    },
  };
}

function attributeColumn(key: Extract<RunColumn, { kind: "attribute" }>["key"], nowMs: number): Column<Run> {
  const common = { id: `attributes.${key}`, sub: "", className: "text-fg-2" } as const;
  if (key === "duration")
    return { ...common, header: "Time", sub: "wall", width: 76, align: "right", cell: (run) => <RunTime run={run} /> };
  if (key === "start_time")
    return {
      ...common,
      header: "Started",
      sub: "ago",
      width: 72,
      align: "right",
      sortable: true,
      title: (run) => formatTime(run.startedAtMs),
      cell: (run) => formatAge(run.startedAtMs, nowMs),
    };
  if (key === "user") return { ...common, header: "User", width: 84, cell: (run) => run.user || EMPTY };
  return {
    ...common,
    header: "Source",
    width: 130,
    cell: (run) => run.tags.find((tag) => tag.key === "mlflow.source.name")?.value ?? EMPTY,
  };
}

export function valueColumns(
  columns: readonly RunColumn[],
  runs: readonly Run[],
  baseline: Run | null,
  aggregate: Aggregate,
  nowMs: number,
): Column<Run>[] {
  return columns.flatMap((column) => {
    if (column.kind === "metric") return metricColumns(column, runs, baseline, aggregate);
    if (column.kind === "param") return [paramColumn(column, baseline)];
    return [attributeColumn(column.key, nowMs)];
  });
}
