import { CircleStop, Import, ShieldCheck } from "lucide-react";
import { useRef, useState } from "react";
import { Button, Dialog, EmptyState, ProgressBar } from "@/components";
import { ErrorLine } from "@/components/ErrorLine";
import { type ImportStep, isCancelled } from "@/lib/api";
import { openTab } from "@/lib/view";
import { ImportForm } from "./ImportForm";
import { ImportPreview } from "./ImportPreview";
import { ImportReport } from "./ImportReport";
import { useImport, useImportPreview } from "./queries";
import { EMPTY_FORM, type ImportForm as Form, inputOf, phaseOf, soFar } from "./words";

type Props = { open: boolean; onClose: () => void };

/** Imports an MLflow server or an mlruns folder: preview, import, then what came of it. */
export function ImportDialog({ open, onClose }: Props) {
  const [form, setForm] = useState<Form>(EMPTY_FORM);
  const fromInput = useRef<HTMLInputElement>(null);
  const preview = useImportPreview();
  const run = useImport(open);
  const busy = preview.isPending || run.isPending;
  const report = run.data;
  const looked = preview.data;

  const change = (part: Partial<Form>) => {
    setForm((before) => ({ ...before, ...part }));
    preview.reset();
    run.reset();
  };
  const look = () => {
    if (form.from.trim() === "" || busy) return;
    run.reset();
    preview.mutate(inputOf(form));
  };
  const done = () => {
    onClose();
    openTab("training");
    preview.reset();
    run.reset();
  };

  return (
    <Dialog
      open={open}
      onClose={onClose}
      width={900}
      title="Import from MLflow"
      sub="a server or an mlruns folder, with its histories, files, registry and ids"
      icon={<Import size={16} className="flex-none text-accent" aria-hidden />}
      initialFocus={fromInput}
      data-testid="import-dialog"
      footNote={
        <>
          <ShieldCheck size={14} className="flex-none text-fg-3" aria-hidden />
          <span className="truncate">The source is only read. A second import adds what is new.</span>
        </>
      }
      footer={
        report ? (
          <Button size={28} variant="primary" data-testid="import-done" onClick={done}>
            Show the runs
          </Button>
        ) : (
          <>
            {busy && (
              <Button
                size={28}
                variant="ghost"
                icon={CircleStop}
                data-testid="import-stop"
                onClick={run.isPending ? run.cancel : preview.cancel}
              >
                Stop
              </Button>
            )}
            <Button size={28} kbd="Esc" onClick={onClose}>
              {run.isPending ? "Continue in background" : "Cancel"}
            </Button>
            {looked ? (
              <Button
                size={28}
                variant="primary"
                icon={Import}
                busy={run.isPending}
                data-testid="import-start"
                onClick={() => run.mutate(inputOf(form))}
              >
                Import
              </Button>
            ) : (
              <Button
                size={28}
                variant="primary"
                disabled={form.from.trim() === ""}
                busy={preview.isPending}
                data-testid="import-look"
                onClick={look}
              >
                Preview
              </Button>
            )}
          </>
        )
      }
    >
      <div className="flex h-[min(520px,70vh)]">
        <ImportForm form={form} locked={busy} fromInput={fromInput} onChange={change} onSubmit={look} />
        <div className="min-w-0 flex-1 overflow-y-auto bg-panel">
          {busy && <Running step={run.isPending ? run.step : preview.step} />}
          <Problem title="The source could not be read" error={preview.error} />
          <Problem title="The import did not begin" error={run.error} />
          {report ? (
            <ImportReport report={report} />
          ) : looked ? (
            <ImportPreview preview={looked} />
          ) : (
            !busy &&
            !preview.error && (
              <EmptyState
                icon={Import}
                title="Preview what it holds"
                detail="Experiments, runs and models are counted, and names already taken are listed. Nothing changes until you import."
              />
            )
          )}
        </div>
      </div>
    </Dialog>
  );
}

function Problem({ title, error }: { title: string; error: Error | null }) {
  if (!error || isCancelled(error)) return null;
  return (
    <div className="px-4 pt-4">
      <ErrorLine title={title} error={error} data-testid="import-error" />
    </div>
  );
}

function Running({ step }: { step: ImportStep | null }) {
  return (
    <div className="px-4 pt-4" data-testid="import-progress" aria-live="polite">
      <p className="tnum flex justify-between gap-4 pb-1.5">
        <span className="flex-none font-medium">{phaseOf(step)}</span>
        <span className="truncate text-fg-2">{step && soFar(step)}</span>
      </p>
      <ProgressBar label="Import" fraction={null} />
      <p className="mt-1 truncate text-fg-3 text-label">{step?.current}</p>
    </div>
  );
}
