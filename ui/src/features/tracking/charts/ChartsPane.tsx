import { LineChart as LineIcon } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Button, EmptyState, Segmented } from "@/components";
import { CursorTable, createChartGroup } from "@/components/chart";
import type { Run } from "@/lib/api";
import { formatInteger, formatReading, fullReading } from "@/lib/format";
import { useRunColors } from "@/lib/runColors";
import { useElementWidth } from "@/lib/useElementWidth";
import { type ExperimentView, hoveredRun, type Missing, type MissingRuns, type XAxis } from "../state";
import { metricOf } from "../table/columns";
import { describeX } from "./axisFormat";
import { ChartsMenu } from "./ChartsMenu";
import { MetricChart } from "./MetricChart";
import { pointsFor } from "./points";
import { ReductionNote } from "./ReductionNote";
import { SmoothingSlider } from "./SmoothingSlider";
import { chartKeys, defaultCharts, FIRST_CHARTS, isScore, MOST_CHARTS, type Reduction } from "./series";

const TWO_COLUMNS_PX = 520;

const AXES: readonly { value: XAxis; label: string }[] = [
  { value: "step", label: "Step" },
  { value: "wall", label: "Wall" },
  { value: "relative", label: "Relative" },
];

type Props = {
  experimentId: string;
  runs: readonly Run[];
  chosen: number;
  /** Runs that match the filter, drawn or not. */
  total: number;
  missing: MissingRuns;
  view: ExperimentView;
  change: (part: Partial<ExperimentView>) => void;
};

/** The drawn runs over step or time: one crosshair, one hovered run, one table of values for all charts. */
export function ChartsPane({ experimentId, runs, chosen, total, missing, view, change }: Props) {
  const group = useMemo(() => createChartGroup(hoveredRun), []);
  const frame = useRef<HTMLDivElement>(null);
  const width = useElementWidth(frame);
  const colorOf = useRunColors();
  const { xAxis, logY } = view;

  const keys = useMemo(() => chartKeys(runs), [runs]);
  const shown = useMemo(
    () => (view.charts ? view.charts.filter((key) => keys.includes(key)) : defaultCharts(runs, FIRST_CHARTS)),
    [view.charts, keys, runs],
  );
  const lines = useMemo(() => shown.filter((key) => !isScore(key, runs)), [shown, runs]);

  const [reductions, setReductions] = useState<ReadonlyMap<string, Reduction>>(new Map());
  const onReduction = useCallback((metric: string, reduction: Reduction | null) => {
    setReductions((previous) => {
      const next = new Map(previous);
      if (reduction) next.set(metric, reduction);
      else next.delete(metric);
      return next;
    });
  }, []);

  // another axis or another experiment has another range
  // biome-ignore lint/correctness/useExhaustiveDependencies: the effect is their change
  useEffect(() => group.range.set(null), [group, xAxis, experimentId]);

  if (runs.length === 0)
    return (
      <div className="min-h-0 flex-1">
        {chosen > 0 ? (
          <NoneDrawn {...missing} onClear={() => change({ filter: "" })} />
        ) : total === 0 ? (
          <EmptyState icon={LineIcon} title="No run to draw" detail="Runs that match the filter can be drawn here." />
        ) : (
          <EmptyState
            icon={LineIcon}
            title="Check a run to draw it"
            detail="Each run keeps its colour in the table and in every chart."
          />
        )}
      </div>
    );

  const latest = (id: string, key: string) => {
    const run = runs.find((each) => each.runId === id);
    const reading = run && metricOf(run, key)?.latest;
    return { text: formatReading(reading), title: fullReading(reading) };
  };
  const columns = width >= TWO_COLUMNS_PX && shown.length > 1 ? 2 : 1;
  const maxPoints = pointsFor(width, columns);
  const rows = Math.ceil(shown.length / columns);
  const fits = rows <= 2;
  return (
    <>
      <div className="flex min-h-8 flex-none flex-wrap items-center gap-x-3 gap-y-1 border-line border-b bg-app px-3 py-1">
        <Segmented label="Horizontal axis" options={AXES} value={xAxis} onChange={(next) => change({ xAxis: next })} />
        <SmoothingSlider value={view.smoothing} onChange={(smoothing) => change({ smoothing })} />
        <span className="ml-auto">
          <ChartsMenu keys={keys} shown={shown} most={MOST_CHARTS} onChange={(charts) => change({ charts })} />
        </span>
      </div>
      <div ref={frame} className="min-h-0 flex-1 overflow-y-auto overflow-x-hidden p-2" data-testid="charts">
        <div
          className="grid gap-2"
          style={{
            gridTemplateColumns: columns === 2 ? "1fr 1fr" : "1fr",
            gridAutoRows: fits ? `minmax(170px, calc((100% - ${(rows - 1) * 8}px) / ${Math.max(rows, 1)}))` : 216,
            height: fits ? "100%" : undefined,
          }}
        >
          {shown.map((metric) => (
            <MetricChart
              key={metric}
              metric={metric}
              experimentId={experimentId}
              runs={runs}
              maxPoints={maxPoints}
              group={group}
              axis={xAxis}
              smoothing={view.smoothing}
              logY={logY.includes(metric)}
              onLogY={(on) => change({ logY: on ? [...logY, metric] : logY.filter((each) => each !== metric) })}
              onHide={() => change({ charts: shown.filter((each) => each !== metric) })}
              wheelZooms={fits}
              onReduction={onReduction}
            />
          ))}
          {shown.length === 0 && (
            <EmptyState title="No chart is shown" detail={`${formatInteger(keys.length)} metrics are logged.`} />
          )}
        </div>
      </div>
      {lines.length > 0 && (
        <CursorTable
          group={group}
          keys={lines}
          describeX={(x) => describeX(xAxis, x)}
          note={view.smoothing > 0 ? `EMA ${view.smoothing.toFixed(2)}` : ""}
          latest={latest}
          rows={runs.map((run) => ({
            id: run.runId,
            name: run.name,
            color: colorOf(run.runId).color,
            ...(run.runId === view.baseline ? { note: "baseline" } : run.status === "RUNNING" ? { note: "live" } : {}),
          }))}
        />
      )}
      <ReductionNote
        reductions={[...reductions.values()]}
        charts={shown.length}
        metrics={keys.length}
        drawn={runs.length}
        chosen={chosen}
      />
    </>
  );
}

type NoneDrawnProps = MissingRuns & { onClear: () => void };

const NONE_DRAWN: Record<Missing, { title: string; detail: string }> = {
  hidden: {
    title: "The drawn runs are hidden by the filter",
    detail: "Clear the filter, or check other runs.",
  },
  unloaded: {
    title: "The drawn runs are not loaded yet",
    detail: "Load more runs until they are among them, or check others.",
  },
  gone: {
    title: "The drawn runs are no longer in this experiment",
    detail: "They are in the trash or were deleted. Check others.",
  },
};

/** Runs are checked, and none of them is among those shown. */
function NoneDrawn({ why, onLoad, onDrop, onClear }: NoneDrawnProps) {
  const { title, detail } = NONE_DRAWN[why];
  const action = {
    hidden: <Button onClick={onClear}>Clear the filter</Button>,
    unloaded: (
      <Button onClick={onLoad} disabled={!onLoad}>
        Load more runs
      </Button>
    ),
    gone: <Button onClick={onDrop}>Uncheck them</Button>,
  }[why];
  return <EmptyState icon={LineIcon} title={title} detail={detail} action={action} />;
}
