import { useQuery } from "@tanstack/react-query";
import { Ellipsis, EyeOff, RotateCcw, SquareFunction } from "lucide-react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { ErrorState, IconButton, Menu, Skeleton } from "@/components";
import { align, ChartCard, type ChartGroup, LineChart, type LineSeries, publishTable } from "@/components/chart";
import type { MetricSeries, Run } from "@/lib/api";
import { useRunColors } from "@/lib/runColors";
import { metricDetailQuery, metricQuery } from "../queries";
import type { XAxis } from "../state";
import { formatTick, formatX, formatY } from "./axisFormat";
import { ScoreBars } from "./ScoreBars";
import { isScore, type Reduction, reductionOf, runLines } from "./series";
import { type StepRange, stepsIn, withDetail } from "./zoom";

type Props = {
  metric: string;
  experimentId: string;
  runs: readonly Run[];
  /** What the width of the chart can show; 0 until that is known. */
  maxPoints: number;
  group: ChartGroup;
  axis: XAxis;
  smoothing: number;
  logY: boolean;
  onLogY: (on: boolean) => void;
  onHide: () => void;
  wheelZooms: boolean;
  onReduction: (metric: string, reduction: Reduction | null) => void;
};

/** One metric over step or time, a line a run. */
export function MetricChart(props: Props) {
  const { metric, runs, smoothing, logY, axis } = props;
  const score = isScore(metric, runs);
  const sub = [
    score ? "one value a run" : smoothing > 0 ? `EMA ${smoothing.toFixed(2)}` : null,
    logY && !score ? "log y" : null,
  ]
    .filter(Boolean)
    .join(", ");
  return (
    <ChartCard
      title={metric}
      sub={sub}
      data-testid="chart-card"
      actions={
        <Menu
          align="end"
          trigger={<IconButton icon={Ellipsis} label={`${metric}: chart menu`} size={20} />}
          entries={[
            ...(score
              ? []
              : [
                  {
                    label: logY ? "Linear y axis" : "Logarithmic y axis",
                    icon: SquareFunction,
                    onSelect: () => props.onLogY(!logY),
                  },
                  { label: "Reset zoom", icon: RotateCcw, onSelect: () => props.group.range.set(null) },
                ]),
            { label: "Hide chart", icon: EyeOff, onSelect: props.onHide },
          ]}
        />
      }
    >
      {score ? <ScoreBars metric={metric} runs={runs} /> : <Lines key={axis} {...props} />}
    </ChartCard>
  );
}

function Lines(props: Props) {
  const { metric, experimentId, runs, maxPoints, group, axis, smoothing, logY, wheelZooms, onReduction } = props;
  const colorOf = useRunColors();
  const runIds = useMemo(() => runs.map((run) => run.runId), [runs]);
  const identity = runIds.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the joined ids stand for the list
  const ids = useMemo(() => [...runIds].sort(), [identity]);
  const { data, error, refetch } = useQuery(metricQuery(experimentId, ids, metric, maxPoints));

  const zoomed = useZoomedSteps(data, group, axis);
  const { data: part } = useQuery(metricDetailQuery(experimentId, ids, metric, zoomed, maxPoints));
  const detail = zoomed && part ? part : null;
  const shown = useMemo(() => withDetail(data ?? [], detail), [data, detail]);

  const lines = useMemo(() => runLines(shown, ids, { axis, smoothing, logY }), [shown, ids, axis, smoothing, logY]);
  const aligned = useMemo(
    () =>
      align([
        ...lines.flatMap(({ raw, smoothed }) => (smoothed ? [raw] : [])),
        ...lines.map(({ raw, smoothed }) => smoothed ?? raw),
      ]),
    [lines],
  );
  const names = useMemo(() => new Map(runs.map((run) => [run.runId, run.name])), [runs]);
  const series: LineSeries[] = [
    ...lines.flatMap(({ runId, smoothed }) =>
      smoothed ? [{ id: runId, label: `${names.get(runId)} raw`, color: colorOf(runId).color, faint: true }] : [],
    ),
    ...lines.map(({ runId }) => ({ id: runId, label: names.get(runId) ?? runId, ...colorOf(runId) })),
  ];

  useEffect(() => {
    publishTable(group, metric, {
      title: metric,
      points: new Map(lines.map(({ runId, raw, smoothed }) => [runId, smoothed ?? raw])),
    });
  }, [group, metric, lines]);
  useEffect(() => () => publishTable(group, metric, null), [group, metric]);
  useEffect(() => onReduction(metric, data ? reductionOf(data, detail) : null), [metric, data, detail, onReduction]);
  useEffect(() => () => onReduction(metric, null), [metric, onReduction]);

  const tick = useCallback((x: number) => (axis === "wall" ? formatX(axis, x) : formatTick(axis, x)), [axis]);
  if (error && !data)
    return <ErrorState inline title={`${metric} could not be read`} error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton rows={3} rowHeight={32} className="flex-1" />;
  if (lines.length === 0) return <p className="px-2.5 py-2 text-fg-3">No drawn run has logged {metric}.</p>;
  return (
    <LineChart
      label={`${metric} over ${axis === "step" ? "step" : "time"}, ${lines.length} runs`}
      data={aligned}
      series={series}
      group={group}
      time={axis === "wall"}
      logY={logY}
      formatX={tick}
      formatAt={(x) => formatX(axis, x)}
      formatY={formatY}
      wheelZooms={wheelZooms}
    />
  );
}

/** A wheel turns in many small steps; the last of them is read. */
const REST_MS = 160;

/** The steps on the screen, once the zoom rests; null while all is shown or nothing was left out. */
function useZoomedSteps(data: readonly MetricSeries[] | undefined, group: ChartGroup, axis: XAxis): StepRange | null {
  const [range, setRange] = useState(group.range.get());
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = group.range.subscribe(() => {
      clearTimeout(timer);
      timer = setTimeout(() => setRange(group.range.get()), REST_MS);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [group]);
  const steps = useMemo(() => (data && range ? stepsIn(data, axis, range) : null), [data, range, axis]);
  const identity = steps?.join() ?? null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: equal steps are the same steps
  return useMemo(() => steps, [identity]);
}
