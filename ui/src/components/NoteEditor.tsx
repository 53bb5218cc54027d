import { Pencil } from "lucide-react";
import { useState } from "react";
import { Button } from "./Button";
import { ErrorLine } from "./ErrorLine";
import { IconButton } from "./IconButton";
import { Markdown } from "./Markdown";
import { Segmented } from "./Segmented";
import { TextArea } from "./TextArea";

type Props = {
  /** "Notes", "Description": names the fields. */
  label: string;
  text: string;
  /** Shown in place of an empty text. */
  hint: string;
  onSave: (text: string) => Promise<unknown>;
  readOnly?: boolean;
  "data-testid"?: string;
};

const MODES = [
  { value: "write", label: "Write" },
  { value: "preview", label: "Preview" },
] as const;

/** Markdown that is read until one edits it. */
export function NoteEditor({ label, text, hint, onSave, readOnly = false, "data-testid": testId }: Props) {
  const [draft, setDraft] = useState<string | null>(null);
  const [mode, setMode] = useState<"write" | "preview">("write");
  const [saving, setSaving] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const save = async () => {
    if (draft === null) return;
    setSaving(true);
    setError(null);
    try {
      await onSave(draft);
      setDraft(null);
    } catch (cause) {
      setError(cause);
    } finally {
      setSaving(false);
    }
  };

  if (draft === null)
    return (
      <div className="group flex items-start gap-2 px-3 py-1.5" data-testid={testId}>
        <div className="min-w-0 flex-1">
          {text.trim() ? <Markdown text={text} /> : <p className="text-fg-3">{hint}</p>}
        </div>
        {!readOnly && (
          <IconButton
            icon={Pencil}
            iconSize={12}
            label={`Edit ${label.toLowerCase()}`}
            data-testid={testId && `${testId}-edit`}
            onClick={() => {
              setMode("write");
              setDraft(text);
            }}
          />
        )}
      </div>
    );
  return (
    <div className="flex flex-col gap-2 px-3 py-2" data-testid={testId}>
      {error !== null && <ErrorLine title={`${label} were not saved`} error={error} onDismiss={() => setError(null)} />}
      <div className="flex items-center gap-2">
        <Segmented label={label} options={MODES} value={mode} onChange={setMode} />
        <span className="text-fg-3 text-label">Markdown; raw HTML stays text</span>
      </div>
      {mode === "write" ? (
        <TextArea
          value={draft}
          onChange={setDraft}
          autoFocus
          rows={Math.min(16, Math.max(5, draft.split("\n").length + 1))}
          aria-label={label}
          data-testid={testId && `${testId}-input`}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void save();
            else if (event.key === "Escape") {
              event.stopPropagation();
              if (draft === text) setDraft(null);
            }
          }}
        />
      ) : (
        <div className="min-h-24 rounded border border-line px-2 py-1.5">
          {draft.trim() ? <Markdown text={draft} /> : <p className="text-fg-3">Nothing to preview</p>}
        </div>
      )}
      <div className="flex gap-2">
        <Button
          variant="primary"
          busy={saving}
          kbd="Ctrl Enter"
          onClick={() => void save()}
          data-testid={testId && `${testId}-save`}
        >
          Save
        </Button>
        <Button onClick={() => setDraft(null)}>Cancel</Button>
      </div>
    </div>
  );
}
