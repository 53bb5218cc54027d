import { useQuery } from "@tanstack/react-query";
import { File, FlaskConical, Folder, type LucideIcon, RotateCcw, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { Button, EmptyState, ErrorState, PageBar, Skeleton } from "@/components";
import type { Trash, TrashEntry } from "@/lib/api";
import { formatBytes, formatInteger, plural } from "@/lib/format";
import { restoreExperiment } from "../bulk/actions";
import { trashedArtifactsQuery, trashQuery } from "../queries";
import { restoreArtifacts } from "./artifacts";
import { Deleted } from "./Deleted";
import { TrashedRuns } from "./TrashedRuns";

/** Deletions of files that the shell lists at once; it does not say how many there are in all. */
const DELETIONS_LISTED = 500;

/** What was deleted, by whom and when, and the way back. Nothing here deletes for good. */
export function TrashPage() {
  const trash = useQuery(trashQuery());
  const artifacts = useQuery(trashedArtifactsQuery());
  const failed = [trash, artifacts].find((query) => query.isError && !query.data);
  if (failed)
    return (
      <ErrorState title="The trash could not be read" error={failed.error} onRetry={() => void failed.refetch()} />
    );
  if (!trash.data || !artifacts.data) return <Skeleton rows={20} />;
  const { experiments, runs, runCount, retentionDays } = trash.data;
  const fileCount = artifacts.data.reduce((sum, entry) => sum + entry.files, 0);
  const cut = artifacts.data.length >= DELETIONS_LISTED;
  const empty = experiments.length === 0 && runCount === 0 && fileCount === 0;
  return (
    <div className="flex min-h-0 flex-1 flex-col" data-testid="trash-page">
      <PageBar
        title="Trash"
        sub={
          empty
            ? undefined
            : [
                experiments.length > 0 && plural(experiments.length, "experiment"),
                runCount > 0 && plural(runCount, "run"),
                fileCount > 0 && `${cut ? "at least " : ""}${plural(fileCount, "file")}`,
              ]
                .filter(Boolean)
                .join(", ")
        }
      />
      {empty ? (
        <EmptyState
          icon={Trash2}
          title="The trash is empty"
          detail={`Deleted experiments, runs and files wait here; drydock gc deletes them for good after ${plural(retentionDays, "day")}.`}
        />
      ) : (
        <>
          <p className="flex-none border-line border-b bg-app px-3 py-1.5 text-fg-3 text-label">
            Nothing here is deleted for good by this window. On the command line,{" "}
            <code className="mono text-fg-2">drydock gc</code> deletes what has been here for more than{" "}
            {plural(retentionDays, "day")}; with <code className="mono text-fg-2">--dry-run</code> it only says what it
            would delete.
          </p>
          {experiments.length > 0 && <Experiments experiments={experiments} />}
          {fileCount > 0 && <Files entries={artifacts.data} count={fileCount} cut={cut} />}
          {runCount > 0 && <TrashedRuns runs={runs} total={runCount} />}
        </>
      )}
    </div>
  );
}

function Experiments({ experiments }: { experiments: Trash["experiments"] }) {
  return (
    <Group title="Experiments" count={formatInteger(experiments.length)}>
      {experiments.map((experiment) => (
        <Line
          key={experiment.experimentId}
          testId="experiment"
          icon={FlaskConical}
          holds={plural(experiment.runCount, "run")}
          atMs={experiment.deletedAtMs}
          by={experiment.deletedBy}
          onRestore={() => void restoreExperiment(experiment.experimentId, experiment.name)}
        >
          {experiment.name}
        </Line>
      ))}
    </Group>
  );
}

/** A line for each deletion: what was deleted together comes back together. */
function Files({ entries, count, cut }: { entries: readonly TrashEntry[]; count: number; cut: boolean }) {
  return (
    <Group
      title="Files"
      count={
        cut
          ? `the last ${formatInteger(entries.length)} deletions; what was deleted before them is not listed`
          : formatInteger(count)
      }
    >
      {entries.map((entry) => (
        <Line
          key={entry.trashId}
          testId="artifacts"
          icon={entry.files === 1 ? File : Folder}
          holds={`${entry.files === 1 ? "" : `${plural(entry.files, "file")}, `}${formatBytes(entry.sizeBytes)}`}
          atMs={entry.deletedAtMs}
          by={entry.deletedBy}
          onRestore={() => void restoreArtifacts(entry)}
        >
          <span className="mono">{entry.path || "all files"}</span>
          <span className="pl-2 text-fg-3">of {entry.ownerName}</span>
        </Line>
      ))}
    </Group>
  );
}

function Group({ title, count, children }: { title: string; count: string; children: ReactNode }) {
  return (
    <section
      aria-label={`Deleted ${title.toLowerCase()}`}
      className="max-h-[40%] flex-none overflow-y-auto border-line border-b bg-panel"
    >
      <h3 className="sticky top-0 flex h-8 items-center gap-2 border-line-2 border-b bg-panel px-3 font-semibold">
        {title} <span className="tnum font-normal text-fg-3 text-label">{count}</span>
      </h3>
      <ul>{children}</ul>
    </section>
  );
}

type LineProps = {
  testId: string;
  icon: LucideIcon;
  holds: string;
  atMs: number | null;
  by: string | null;
  onRestore: () => void;
  children: ReactNode;
};

function Line({ testId, icon: Icon, holds, atMs, by, onRestore, children }: LineProps) {
  return (
    <li
      data-testid={`trashed-${testId}`}
      className="flex h-8 items-center gap-3 border-line-2 border-b px-3 last:border-b-0 hover:bg-hover"
    >
      <Icon size={14} className="flex-none text-fg-3" aria-hidden />
      <span className="selectable min-w-0 flex-1 truncate">{children}</span>
      <span className="tnum flex-none text-fg-2">{holds}</span>
      <span className="w-48 flex-none truncate text-right">
        <Deleted atMs={atMs} by={by} />
      </span>
      <Button icon={RotateCcw} data-testid={`restore-${testId}`} onClick={onRestore}>
        Restore
      </Button>
    </li>
  );
}
