import { useQuery } from "@tanstack/react-query";
import { ErrorState, Skeleton } from "@/components";
import { RunsWorkbench, TrashPage } from "@/features/tracking";
import { FirstRun } from "@/features/training";
import { experimentsQuery, workspaceQuery } from "@/lib/queries";
import { useView } from "@/lib/view";
import { importOpen, logToMeOpen, openFile } from "./commands";
import { useOpenExperiment } from "./useOpenExperiment";

const open = () => void openFile();
const bringIn = () => importOpen.set(true);

/** Runs of the open experiment; before the first run, how to log one. */
export function TrainingPage() {
  const { trash } = useView();
  return trash ? <TrashPage /> : <ExperimentPage />;
}

function ExperimentPage() {
  const { data: experiments, error, refetch } = useQuery(experimentsQuery());
  const { data: workspace } = useQuery(workspaceQuery());
  const experiment = useOpenExperiment();
  if (error && !experiments)
    return <ErrorState title="Experiments could not be read" error={error} onRetry={() => void refetch()} />;
  if (!experiments) return <Skeleton rows={24} />;
  const bare = experiments.every((each) => each.runCount === 0);
  if (!experiment || bare)
    return (
      <FirstRun
        title="Log the first run"
        experiment={experiment && experiment.name !== "Default" ? experiment.name : null}
        detail={
          workspace?.kind === "team"
            ? `Runs and models are kept in ${workspace.name}, shared with everyone who is connected to it.`
            : "Runs, models and endpoints live on this machine. No account, no telemetry, works offline."
        }
        onOpenFile={open}
        onImport={bringIn}
      />
    );
  return (
    <RunsWorkbench
      experiment={experiment}
      onLogToMe={() => logToMeOpen.set(true)}
      whenEmpty={
        <FirstRun
          title="No runs in this experiment yet"
          detail="Runs that a script logs into it appear here by themselves."
          experiment={experiment.name}
          onOpenFile={open}
          onImport={bringIn}
        />
      }
    />
  );
}
