import { useQuery } from "@tanstack/react-query";
import { ChartLine, Search } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { type Column, DataTable, EmptyState, Sparkline, TextInput } from "@/components";
import type { Run, RunMetric } from "@/lib/api";
import { formatInteger, formatReading, fullReading, plural } from "@/lib/format";
import { useRunColors } from "@/lib/runColors";
import { defaultCharts, FIRST_CHARTS, MOST_CHARTS } from "../charts/series";
import { sparkQuery, useRuns } from "../queries";
import { openedRun, useDrawnRuns, useExperimentView } from "../state";
import { fitted } from "./fitted";

const rowKey = (metric: RunMetric) => metric.key;

type SparkProps = { run: Run; metric: RunMetric; onOpen: (metric: RunMetric) => void };

/** Shape of a history; the figures stand beside it. Only rows in sight ask for theirs. */
function Spark({ run, metric, onOpen }: SparkProps) {
  const { data, error } = useQuery({ ...sparkQuery(run.runId, metric.key, metric.count), enabled: metric.count > 1 });
  const colorOf = useRunColors();
  if (metric.count <= 1) return <span className="text-fg-3">one value</span>;
  if (error && !data)
    return (
      <span className="truncate text-fg-3" title={error.message}>
        not read
      </span>
    );
  const values = data?.[0]?.values ?? [];
  if (values.length > 0 && !values.some((value) => value !== null && Number.isFinite(value)))
    return (
      <span className="text-fg-3" title="No finite value to draw">
        —
      </span>
    );
  return (
    <button
      type="button"
      tabIndex={-1}
      data-testid="metric-spark"
      aria-label={`Open the chart of ${metric.key}`}
      title="Open the chart"
      onClick={() => onOpen(metric)}
      className="block h-6 w-full rounded-sm px-0.5 hover:bg-hover"
    >
      <Sparkline
        values={fitted(values)}
        label={`${metric.key}, ${plural(metric.count, "point")}`}
        height={22}
        fluid
        color={colorOf(run.runId).color}
      />
    </button>
  );
}

function columnsOf(run: Run, wide: boolean, onOpen: (metric: RunMetric) => void): Column<RunMetric>[] {
  const number = (
    id: string,
    header: string,
    width: number,
    read: (metric: RunMetric) => RunMetric["min"],
    tone = "text-fg-2",
  ): Column<RunMetric> => ({
    id,
    header,
    width,
    align: "right",
    className: tone,
    title: (metric) => fullReading(read(metric)),
    cell: (metric) => {
      const text = formatReading(read(metric));
      return text === "NaN" ? <span className="text-bad">NaN</span> : <span className="selectable">{text}</span>;
    },
  });
  return [
    {
      id: "key",
      header: "Metric",
      width: wide ? 220 : 98,
      grow: true,
      title: (metric) => metric.key,
      cell: (metric) => <span className="truncate">{metric.key}</span>,
    },
    {
      id: "spark",
      header: "History",
      width: wide ? 200 : 66,
      cell: (metric) => <Spark run={run} metric={metric} onOpen={onOpen} />,
    },
    number("latest", "Latest", 80, (metric) => metric.latest, ""),
    number("min", "Min", 84, (metric) => metric.min),
    number("max", "Max", 84, (metric) => metric.max),
    ...(wide
      ? [
          {
            id: "step",
            header: "Last step",
            width: 90,
            align: "right" as const,
            className: "text-fg-3",
            cell: (metric: RunMetric) => formatInteger(metric.latestStep),
          },
        ]
      : []),
    {
      id: "count",
      header: "Points",
      width: wide ? 90 : 56,
      align: "right",
      className: "text-fg-3",
      cell: (metric) => formatInteger(metric.count),
    },
  ];
}

/** Each metric's shape and figures; a click on the shape draws it large, beside the checked runs. */
export function RunMetrics({ run, wide }: { run: Run; wide: boolean }) {
  const [search, setSearch] = useState("");
  const [active, setActive] = useState<string | null>(null);
  const [view, change] = useExperimentView(run.experimentId);
  const { runs } = useRuns(run.experimentId, view);
  const { chosen, drawn } = useDrawnRuns(run.experimentId, runs);
  const wanted = search.trim().toLowerCase();
  const rows = useMemo(
    () => run.metrics.filter((metric) => metric.key.toLowerCase().includes(wanted)),
    [run.metrics, wanted],
  );
  const draw = useCallback(
    (metric: RunMetric) => {
      const charts = view.charts ?? defaultCharts(drawn, FIRST_CHARTS);
      change({
        charts: [metric.key, ...charts.filter((key) => key !== metric.key)].slice(0, MOST_CHARTS),
        drawn: [...chosen.filter((id) => id !== run.runId), run.runId],
      });
      openedRun.set(null);
    },
    [change, run.runId, view.charts, chosen, drawn],
  );
  const columns = useMemo(() => columnsOf(run, wide, draw), [run, wide, draw]);
  if (run.metrics.length === 0)
    return (
      <EmptyState
        icon={ChartLine}
        title="No metrics"
        detail="What this run logs with mlflow.log_metric appears here, with its history."
      />
    );
  return (
    <div className="flex h-full flex-col" data-testid="run-metrics">
      {run.metrics.length > 12 && (
        <div className="flex-none border-line border-b p-2">
          <TextInput
            value={search}
            onChange={setSearch}
            icon={Search}
            placeholder="Find a metric"
            aria-label="Find a metric"
          />
        </div>
      )}
      <DataTable
        label="Metrics of the run"
        rows={rows}
        columns={columns}
        rowKey={rowKey}
        rowHeight={28}
        rowTestId="metric-row"
        activeKey={active}
        onActive={(metric) => setActive(metric.key)}
        onOpen={draw}
        rowMenu={(metric) => [{ label: `Open the chart of ${metric.key}`, onSelect: () => draw(metric) }]}
        empty={<p className="px-3 py-2 text-fg-3">No metric matches</p>}
        footer={
          <>
            <span>
              {rows.length === run.metrics.length
                ? plural(run.metrics.length, "metric")
                : `${formatInteger(rows.length)} of ${plural(run.metrics.length, "metric")}`}
            </span>
            <span className="ml-auto text-fg-3">click a history to open its chart</span>
          </>
        }
      />
    </div>
  );
}
