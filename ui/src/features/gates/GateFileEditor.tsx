import { Save, Undo2 } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "@/components/Button";
import { ErrorLine } from "@/components/ErrorLine";
import { Segmented } from "@/components/Segmented";
import { TextInput } from "@/components/TextInput";
import { toast } from "@/components/Toast";
import type { GateFileView } from "@/lib/api";
import { NumberedText } from "./NumberedText";
import { useGateFileEdits, useReadGateFile } from "./queries";
import { Revisions } from "./Revisions";
import { gateFileWords } from "./words";

type Side = "text" | "revisions";

/** The gate file that holds for the model: its text with its errors at their lines, and what held before. */
export function GateFileEditor({ view }: { view: GateFileView }) {
  const [side, setSide] = useState<Side>("text");
  const [draft, setDraft] = useState<string | null>(null);
  const [note, setNote] = useState("");
  const { save, restore } = useGateFileEdits(view.model);
  const base = view.revisions[0]?.revision ?? null;
  const [begunAt, setBegunAt] = useState(base);
  // A draft keeps the revision that it began from, so that saving over somebody else's is a conflict and not a loss.
  useEffect(() => {
    if (draft === null) setBegunAt(base);
  }, [draft, base]);

  const text = draft ?? view.text;
  const read = useReadGateFile(text);
  const errors = read.data?.errors ?? [];
  const changed = draft !== null && draft !== view.text;
  const discard = () => {
    setDraft(null);
    setNote("");
    save.reset();
  };
  const submit = () =>
    save.mutate(
      { text, note: note.trim(), base: begunAt },
      {
        onSuccess: (next) => {
          discard();
          toast.ok({ title: `Gate file revision ${next.about.revision} holds now` });
        },
      },
    );
  return (
    <div className="flex h-full flex-col" data-testid="gate-file">
      <header className="flex h-10 flex-none items-center gap-2 border-line border-b px-3">
        <h3 className="font-semibold text-head">Gate file</h3>
        <span className="min-w-0 truncate text-fg-3 text-label" title={view.about.sha256}>
          {changed ? "edited, not saved" : gateFileWords(view.about).replace("gate file ", "")}
        </span>
        <span className="ml-auto">
          <Segmented
            label="Gate file"
            value={side}
            onChange={setSide}
            options={[
              { value: "text", label: "Text" },
              { value: "revisions", label: `Revisions ${view.revisions.length}` },
            ]}
          />
        </span>
      </header>
      {side === "revisions" ? (
        <Revisions
          view={view}
          busy={restore.isPending}
          error={restore.error}
          onRestore={(revision) =>
            restore.mutate(revision, {
              onSuccess: (next) => {
                discard();
                setSide("text");
                toast.ok({ title: `Gate file revision ${next.about.revision} holds now` });
              },
            })
          }
        />
      ) : (
        <>
          <NumberedText label="Gate file" value={text} errors={errors} onChange={setDraft} />
          {errors.length > 0 && (
            <ul
              className="max-h-32 flex-none overflow-auto border-line border-t bg-bad-weak px-3 py-2"
              data-testid="gate-file-errors"
            >
              {errors.map((error) => (
                <li key={`${error.line} ${error.column} ${error.message}`} className="selectable break-words">
                  <span className="tnum text-bad">
                    {error.line}:{error.column}
                  </span>{" "}
                  {error.message}
                </li>
              ))}
            </ul>
          )}
          <footer className="flex flex-none flex-col gap-2 border-line border-t p-3">
            {save.isError && <ErrorLine title="Not saved" error={save.error} onDismiss={save.reset} />}
            {changed ? (
              <div className="flex gap-2">
                <span className="min-w-0 flex-1">
                  <TextInput
                    aria-label="Why it changes"
                    placeholder="Why it changes"
                    value={note}
                    onChange={setNote}
                    data-testid="gate-file-note"
                  />
                </span>
                <Button icon={Undo2} onClick={discard} data-testid="gate-file-discard">
                  Discard
                </Button>
                <Button
                  icon={Save}
                  disabled={errors.length > 0 || read.isPlaceholderData}
                  busy={save.isPending}
                  onClick={submit}
                  data-testid="gate-file-save"
                >
                  Save revision {(base ?? 0) + 1}
                </Button>
              </div>
            ) : (
              <p className="text-fg-3 text-label leading-6">
                {view.about.origin === "registry"
                  ? `Holds for every version of ${view.model}. A change is a new revision, audited; reports of other limits no longer count.`
                  : `${view.model} has no gate file of its own yet. Edit and save to set one.`}
              </p>
            )}
          </footer>
        </>
      )}
    </div>
  );
}
