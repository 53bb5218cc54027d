import { memo } from "react";
import { Checkbox, Chip, Status } from "@/components";
import type { Run } from "@/lib/api";
import { cx } from "@/lib/cx";
import { formatInteger } from "@/lib/format";
import { useRunColors } from "@/lib/runColors";
import { useSignalIs } from "@/lib/signal";
import { useRuns } from "../queries";
import { hoveredRun, openedRun, useDrawnRuns, useExperimentView } from "../state";

const SHOWN = 60;

/** The runs of the open experiment, with the same selection, order and filter as the table. */
export function RunsList({ experimentId }: { experimentId: string | null }) {
  const [view] = useExperimentView(experimentId);
  const { runs, total, loaded, error } = useRuns(experimentId, view);
  const { isDrawn, set } = useDrawnRuns(experimentId, runs);
  const colorOf = useRunColors();
  if (!loaded && error)
    return (
      <p className="pt-0.5 pr-2 pb-3 pl-6.5 text-fg-3">
        {view.filter ? "The filter cannot be read." : "The runs could not be read."}
      </p>
    );
  if (loaded && runs.length === 0)
    return (
      <p className="pt-0.5 pr-2 pb-3 pl-6.5 text-fg-3">
        {view.filter ? "No run matches the filter." : "Runs appear here within a second."}
      </p>
    );
  return (
    <ul onMouseLeave={() => hoveredRun.set(null)}>
      {runs.slice(0, SHOWN).map((run) => (
        <RunItem
          key={run.runId}
          run={run}
          drawn={isDrawn(run.runId)}
          color={colorOf(run.runId).color}
          baseline={view.baseline === run.runId}
          onDraw={set}
        />
      ))}
      {total > SHOWN && (
        <li className="px-6.5 py-1 text-fg-3 text-label">
          {formatInteger(SHOWN)} of {formatInteger(total)}, all in the table
        </li>
      )}
    </ul>
  );
}

type ItemProps = {
  run: Run;
  drawn: boolean;
  color: string;
  baseline: boolean;
  onDraw: (runId: string, on: boolean) => void;
};

const RunItem = memo(function RunItem({ run, drawn, color, baseline, onDraw }: ItemProps) {
  const lit = useSignalIs(hoveredRun, run.runId);
  return (
    <li
      data-testid="panel-run"
      data-run-id={run.runId}
      onMouseEnter={() => hoveredRun.set(run.runId)}
      className={cx("flex h-6 items-center gap-[7px] px-2.5", lit && "bg-hover")}
    >
      <Checkbox label={`Draw ${run.name}`} checked={drawn} color={color} onChange={(on) => onDraw(run.runId, on)} />
      <button
        type="button"
        title={run.name}
        onClick={() => openedRun.set(run.runId)}
        className={cx("min-w-0 flex-1 truncate text-left", drawn ? "text-fg" : "text-fg-2")}
      >
        {run.name}
      </button>
      {baseline && <Chip tone="outline">baseline</Chip>}
      {run.status === "RUNNING" && (
        <span className="text-accent text-label">
          <Status tone="live">live</Status>
        </span>
      )}
    </li>
  );
});

/** "8 of 412": drawn of found, for the section head. */
export function RunsCount({ experimentId }: { experimentId: string | null }) {
  const [view] = useExperimentView(experimentId);
  const { runs, total, loaded } = useRuns(experimentId, view);
  const { drawn } = useDrawnRuns(experimentId, runs);
  if (!loaded) return null;
  return <>{total === 0 ? "0" : `${formatInteger(drawn.length)} of ${formatInteger(total)}`}</>;
}
