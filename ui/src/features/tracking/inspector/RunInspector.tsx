import { useQuery } from "@tanstack/react-query";
import { Anchor, Copy, Maximize2, Minimize2, Trash2 } from "lucide-react";
import { useState } from "react";
import { Button, Chip, ErrorState, IconButton, InlineEdit, Sheet, Skeleton, Tabs, toast } from "@/components";
import { api, type RunDetail } from "@/lib/api";
import { copyText } from "@/lib/clipboard";
import { draftOf, useHasDraft } from "@/lib/drafts";
import { usePersistent } from "@/lib/persist";
import { useSignal } from "@/lib/signal";
import { trashRuns } from "../bulk/actions";
import { runDetailQuery, useRunEdits } from "../queries";
import { RunStatusIcon } from "../runStatus";
import { openedRun, useExperimentView } from "../state";
import { ArtifactBrowser } from "./ArtifactBrowser";
import { RunMetrics } from "./RunMetrics";
import { RunOverview } from "./RunOverview";

type Part = "overview" | "metrics" | "artifacts";
const NARROW = 500;
/** The names of the runs stay in sight, so that one can walk along them. */
const WIDE = "max(720px, min(1240px, calc(100vw - 480px)))";

/** Everything a run has logged, from the right; the table and the charts stay live beside it. */
export function RunInspector() {
  const runId = useSignal(openedRun);
  const close = () => openedRun.set(null);
  const [wide, setWide] = usePersistent("run.wide", false);
  const { data: detail, error, refetch } = useQuery({ ...runDetailQuery(runId ?? ""), enabled: runId !== null });
  const run = detail?.run;
  // While another run is being read, the one before stays on the screen: what is done is done to the one that is seen, and
  // nothing is deleted until the one that was asked for is.
  const shownId = run?.runId ?? runId ?? "";
  const { rename } = useRunEdits(shownId);
  return (
    <Sheet
      open={runId !== null}
      onClose={close}
      keepFocus
      width={wide ? WIDE : NARROW}
      title={
        run ? (
          // The status is never cut by a long name.
          <span className="flex min-w-0 items-center gap-2">
            <InlineEdit key={run.runId} label="Run name" value={run.name} data-testid="run-title" onSave={rename} />
            <span className="flex-none font-normal text-fg-3 text-label">
              <RunStatusIcon status={run.status} iconOnly={false} />
            </span>
          </span>
        ) : (
          "Run"
        )
      }
      data-testid="run-inspector"
      actions={
        runId && (
          <>
            <IconButton
              icon={wide ? Minimize2 : Maximize2}
              label={wide ? "Narrow" : "Widen"}
              data-testid="run-wide"
              onClick={() => setWide(!wide)}
            />
            {run?.runId === runId && run.lifecycle === "active" && (
              <IconButton
                icon={Trash2}
                label="Move to trash"
                data-testid="run-trash"
                onClick={() => void trashRuns({ kind: "chosen", runIds: [shownId] }).then((done) => done && close())}
              />
            )}
            <IconButton
              icon={Copy}
              label="Copy run id"
              onClick={() =>
                void copyText(shownId).then((copied) => copied && toast.ok({ title: "Run id copied", detail: shownId }))
              }
            />
          </>
        )
      }
    >
      {error && !detail ? (
        <ErrorState title="The run could not be read" error={error} onRetry={() => void refetch()} />
      ) : detail ? (
        <Body key={detail.run.runId} detail={detail} wide={wide} onWiden={() => setWide(true)} />
      ) : (
        <Skeleton rows={10} />
      )}
    </Sheet>
  );
}

function Body({ detail, wide, onWiden }: { detail: RunDetail; wide: boolean; onWiden: () => void }) {
  const { run } = detail;
  const [part, setPart] = usePersistent<Part>("run.part", "overview");
  const [view, change] = useExperimentView(run.experimentId);
  const isBaseline = view.baseline === run.runId;
  const unsaved = useHasDraft(draftOf.run(run.runId));
  const [file, setFile] = useState<string | null>(null);
  const showFile = (path: string | null) => {
    setFile(path);
    if (path !== null) onWiden();
  };
  return (
    <div className="flex h-full flex-col">
      {run.lifecycle === "deleted" && <InTrash runId={run.runId} />}
      <Tabs<Part>
        label="Run"
        value={part}
        onChange={setPart}
        items={[
          {
            value: "overview",
            label: (
              <>
                Overview
                {unsaved && part !== "overview" && <Chip tone="warn">Note not saved</Chip>}
              </>
            ),
            content: (
              <RunOverview
                detail={detail}
                wide={wide}
                onOpenArtifact={(path) => {
                  showFile(path);
                  setPart("artifacts");
                }}
              />
            ),
          },
          {
            value: "metrics",
            label: "Metrics",
            count: run.metrics.length,
            content: <RunMetrics run={run} wide={wide} />,
          },
          {
            value: "artifacts",
            label: "Artifacts",
            content: <ArtifactBrowser run={run} wide={wide} file={file} onFile={showFile} />,
          },
        ]}
      />
      <footer className="flex h-10 flex-none items-center gap-2 border-line border-t px-3">
        <Button
          icon={Anchor}
          onClick={() => change({ baseline: isBaseline ? null : run.runId })}
          data-testid="set-baseline"
        >
          {isBaseline ? "Clear baseline" : "Set as baseline"}
        </Button>
      </footer>
    </div>
  );
}

function InTrash({ runId }: { runId: string }) {
  return (
    <p className="flex flex-none items-center gap-3 border-line border-b bg-warn-weak px-3 py-1.5">
      <Trash2 size={14} className="text-warn" aria-hidden />
      <span className="flex-1">This run is in the trash. It can be read, not written.</span>
      <Button
        onClick={() =>
          void api.restoreRuns([runId]).then(
            ({ runIds }) =>
              runIds.length > 0
                ? toast.ok({ title: "Run restored" })
                : toast.warn({ title: "Not restored", detail: "Its experiment is in the trash; restore that first." }),
            (error) => toast.error("The run was not restored", error),
          )
        }
      >
        Restore
      </Button>
    </p>
  );
}
