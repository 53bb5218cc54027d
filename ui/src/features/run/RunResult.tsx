import { Download } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Button } from "@/components/Button";
import { Menu } from "@/components/Menu";
import { Tabs } from "@/components/Tabs";
import { toast } from "@/components/Toast";
import type { KeptRun } from "@/lib/api";
import { cx } from "@/lib/cx";
import { formatBytes, formatInteger, formatMs, plural } from "@/lib/format";
import { OutputPanel } from "./OutputPanel";
import { useSaveOutputs } from "./queries";

/** What came out: the run in one line, then each output. A stale one is being replaced. */
export function RunResult({ run, stale }: { run: KeptRun; stale: boolean }) {
  const { report } = run;
  const [tab, setTab] = useState(report.outputs[0]?.name ?? "");
  return (
    <div
      data-testid="run-result"
      data-rows={report.rows}
      className={cx("flex min-h-0 flex-1 flex-col", stale && "opacity-60")}
    >
      <Facts run={run} />
      {report.notes.length > 0 && <Notes notes={report.notes} />}
      <Tabs
        label="Outputs"
        value={tab}
        onChange={setTab}
        items={report.outputs.map((output) => ({
          value: output.name,
          label: (
            <>
              <span className="mono">{output.name}</span>
              <span className="mono font-normal text-fg-3 text-label">
                {output.datatype} [{output.shape.join(", ")}]
              </span>
            </>
          ),
          content: output.name === tab && <OutputPanel runId={run.id} output={output} />,
        }))}
      />
    </div>
  );
}

function Facts({ run }: { run: KeptRun }) {
  const { report, worker } = run;
  const { timings } = report;
  const placed = report.provider.placements
    .map((each) => `${formatInteger(each.nodes)} nodes on ${each.provider}`)
    .join(", ");
  const perRow = timings.runMs > 0 ? report.rows / (timings.runMs / 1000) : null;
  return (
    <div className="flex flex-none flex-wrap items-center gap-x-5 gap-y-2 border-line border-b px-3 py-2">
      <Fact label="Rows" note={report.source}>
        {formatInteger(report.rows)}
      </Fact>
      <Fact
        label="In the model"
        note={
          report.runs === 1
            ? "one run"
            : `${plural(report.runs, "run")}, median ${formatMs(timings.runMsMedian)}, longest ${formatMs(timings.runMsMax)}`
        }
      >
        {formatMs(timings.runMs)}
      </Fact>
      {perRow !== null && (
        <Fact label="Rows a second" note="inside the model">
          {formatInteger(Math.round(perRow))}
        </Fact>
      )}
      <Fact label="Around it" note={`inputs ${formatMs(timings.inputsMs)}, outputs ${formatMs(timings.outputsMs)}`}>
        {formatMs(timings.inputsMs + timings.outputsMs)}
      </Fact>
      {worker && (
        <Fact
          label="In a worker process"
          note={`${placed}; ${Math.round(worker.overheadP50Us)} µs a call over the pipe`}
        >
          {run.workerMemoryBytes === null ? `pid ${worker.pid}` : formatBytes(run.workerMemoryBytes)}
        </Fact>
      )}
      <span className="ml-auto flex items-center gap-2">
        <Save runId={run.id} />
      </span>
    </div>
  );
}

const FORMATS = [
  { extension: "csv", label: "CSV" },
  { extension: "parquet", label: "Parquet" },
  { extension: "npz", label: "NPZ, every shape as it is" },
];

function Save({ runId }: { runId: string }) {
  const save = useSaveOutputs();
  const saveAs = (extension: string) =>
    save.mutate(
      { runId, extension },
      {
        onSuccess: (path) => path && toast.ok({ title: "Outputs saved", detail: path }),
        onError: (error) => toast.error("The outputs were not saved", error),
      },
    );
  return (
    <Menu
      align="end"
      trigger={
        <Button icon={Download} disabled={save.isPending} data-testid="run-save">
          Save outputs
        </Button>
      }
      entries={FORMATS.map(({ extension, label }) => ({ label, onSelect: () => saveAs(extension) }))}
    />
  );
}

/** What was decided on the way, so that nothing happens to the numbers in silence. */
function Notes({ notes }: { notes: string[] }) {
  const [open, setOpen] = useState(false);
  const shown = open ? notes : notes.slice(0, 1);
  return (
    <div className="flex-none border-line border-b px-3 py-1.5 text-fg-2" data-testid="run-notes">
      {shown.map((note) => (
        <p key={note} className="selectable break-words">
          {note}
        </p>
      ))}
      {notes.length > 1 && (
        <button type="button" className="text-accent hover:underline" onClick={() => setOpen(!open)}>
          {open ? "Fewer" : `${plural(notes.length - 1, "more note")} on the inputs`}
        </button>
      )}
    </div>
  );
}

function Fact({ label, note, children }: { label: string; note: string; children: ReactNode }) {
  return (
    <span className="tnum flex max-w-72 flex-col whitespace-nowrap">
      <span className="text-fg-2 text-label">{label}</span>
      <b className="font-semibold text-title leading-5">{children}</b>
      <span className="truncate text-fg-3 text-label" title={note}>
        {note}
      </span>
    </span>
  );
}
