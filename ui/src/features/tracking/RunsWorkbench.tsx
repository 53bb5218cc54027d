import { Ellipsis, Terminal, Trash2 } from "lucide-react";
import { type ReactNode, useEffect, useMemo, useState } from "react";
import { Button, Chip, ErrorState, IconButton, InlineEdit, Menu, PageBar, Skeleton, Split } from "@/components";
import { api, type Experiment } from "@/lib/api";
import { formatInteger } from "@/lib/format";
import { splitName } from "./browser/experimentTree";
import { trashExperiment } from "./bulk/actions";
import { BulkMenu } from "./bulk/BulkMenu";
import { ChartsPane } from "./charts/ChartsPane";
import { useRuns } from "./queries";
import { missingWhy, useDrawnRuns, useExperimentView } from "./state";
import { ColumnsMenu } from "./table/ColumnsMenu";
import { availableColumns, defaultColumns } from "./table/columns";
import { FilterBar } from "./table/FilterBar";
import { RunTable } from "./table/RunTable";

type Props = {
  experiment: Experiment;
  onLogToMe: () => void;
  /** Stands in for table and charts while the experiment has no run at all. */
  whenEmpty: ReactNode;
};

/** Scripts that name no experiment log here, so it stays. */
const DEFAULT_EXPERIMENT = "0";

/** The runs of one experiment: filter, table at the left, charts at the right, one selection. */
export function RunsWorkbench({ experiment, onLogToMe, whenEmpty }: Props) {
  const { experimentId } = experiment;
  const [view, change] = useExperimentView(experimentId);
  const runs = useRuns(experimentId, view);
  const selection = useDrawnRuns(experimentId, runs.runs);
  const [active, setActive] = useState<string | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another experiment, another keyboard row
  useEffect(() => setActive(null), [experimentId]);

  const available = useMemo(() => availableColumns(runs.runs, view.aggregate), [runs.runs, view.aggregate]);
  const columns = useMemo(() => view.columns ?? defaultColumns(available), [view.columns, available]);
  const [folder, name] = splitName(experiment.name);
  const refused = runs.error && (runs.error.field === "filter" || runs.error.kind === "invalid") ? runs.error : null;
  const empty = runs.loaded && runs.total === 0 && experiment.runCount === 0 && !view.filter;
  const missing = {
    count: selection.missing,
    why: missingWhy(view.filter, runs.runs.length, runs.total, runs.stale),
    onLoad: runs.more,
    onDrop: selection.dropMissing,
  };
  const tags = experiment.tags.filter((tag) => !tag.key.startsWith("mlflow."));

  return (
    <>
      <PageBar
        crumb={folder && `${folder} /`}
        title={
          <InlineEdit
            key={experimentId}
            label="Experiment name"
            value={experiment.name}
            shown={name}
            data-testid="experiment-title"
            onSave={(next) => api.renameExperiment(experimentId, next)}
          />
        }
        sub={tags.slice(0, 3).map((tag) => (
          <Chip key={tag.key} tone="outline">
            {tag.key} {tag.value}
          </Chip>
        ))}
      >
        {!empty && (
          <BulkMenu
            view={view}
            columns={columns}
            target={{ experimentId, filter: view.filter, checked: selection.chosen, total: runs.total }}
          />
        )}
        <Button icon={Terminal} onClick={onLogToMe} data-testid="log-to-me-button">
          Log to me
        </Button>
        {experimentId !== DEFAULT_EXPERIMENT && (
          <Menu
            align="end"
            trigger={<IconButton icon={Ellipsis} label="Experiment menu" data-testid="experiment-menu" />}
            entries={[
              {
                label: "Move experiment to trash",
                icon: Trash2,
                danger: true,
                testId: "experiment-trash",
                onSelect: () => void trashExperiment(experimentId, experiment.name),
              },
            ]}
          />
        )}
      </PageBar>
      {empty ? (
        whenEmpty
      ) : (
        <>
          <FilterBar value={view.filter} onApply={(filter) => change({ filter })} error={refused}>
            <span className="tnum flex-none whitespace-nowrap" data-testid="run-total">
              <b className="font-semibold">{runs.stale && refused ? "—" : formatInteger(runs.total)}</b>{" "}
              <span className="text-fg-2">of {formatInteger(experiment.runCount)}</span>
            </span>
            <ColumnsMenu
              available={available}
              shown={columns}
              onChange={(next) => change({ columns: next })}
              aggregate={view.aggregate}
              onAggregate={(aggregate) => change({ aggregate })}
            />
          </FilterBar>
          {runs.error && !refused && !runs.loaded ? (
            <ErrorState
              title="Runs could not be read"
              error={runs.error}
              safe="Nothing was changed."
              onRetry={runs.retry}
            />
          ) : !runs.loaded && !refused ? (
            <Skeleton rows={24} />
          ) : (
            <Split
              id="training.table"
              label="Width of the run table"
              initial={640}
              min={300}
              max={1400}
              minRest={440}
              start={
                <RunTable
                  runs={runs.runs}
                  total={runs.total}
                  stale={runs.stale && refused !== null}
                  refused={refused !== null}
                  runCount={experiment.runCount}
                  available={available}
                  columns={columns}
                  view={view}
                  change={change}
                  selection={selection}
                  missing={missing}
                  active={active}
                  onActive={setActive}
                  onEndReached={runs.more}
                  endProblem={runs.moreProblem}
                />
              }
              end={
                <ChartsPane
                  experimentId={experimentId}
                  runs={selection.drawn}
                  total={runs.total}
                  chosen={selection.chosen.length}
                  missing={missing}
                  view={view}
                  change={change}
                />
              }
            />
          )}
        </>
      )}
    </>
  );
}
