import { Pencil } from "lucide-react";
import { useState } from "react";
import { setDraft, settleDraft, useDraft } from "@/lib/drafts";
import { Button } from "./Button";
import { Chip } from "./Chip";
import { ErrorLine } from "./ErrorLine";
import { IconButton } from "./IconButton";
import { Markdown } from "./Markdown";
import { Segmented } from "./Segmented";
import { TextArea } from "./TextArea";
import { toast } from "./Toast";

type Props = {
  /** "Notes", "Description": names the fields. */
  label: string;
  text: string;
  /** What the text belongs to: what is typed is kept under this name until it is saved or discarded. */
  draftKey: string;
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

/** Markdown that is read until one edits it. What was typed and not saved stands there again when one comes back. */
export function NoteEditor(props: Props) {
  return <Editor key={props.draftKey} {...props} />;
}

function Editor({ label, text, draftKey, hint, onSave, readOnly = false, "data-testid": testId }: Props) {
  const [kept, keep] = useDraft(draftKey);
  const [editing, setEditing] = useState(false);
  const [mode, setMode] = useState<"write" | "preview">("write");
  const [saving, setSaving] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const draft = kept?.text ?? text;
  const unsaved = kept !== null && kept.text !== text;
  const overtaken = unsaved && kept.base !== text && !saving;
  const type = (next: string) => {
    setEditing(true);
    keep(next === text ? null : { text: next, base: kept?.base ?? text });
  };

  const save = async () => {
    setSaving(true);
    setError(null);
    try {
      await onSave(draft);
      setEditing(!settleDraft(draftKey, draft));
    } catch (cause) {
      setError(cause);
    } finally {
      setSaving(false);
    }
  };
  const leave = () => {
    setEditing(false);
    setError(null);
    keep(null);
    if (unsaved)
      toast.info({
        title: `${label}: draft discarded`,
        action: { label: "Undo", run: () => setDraft(draftKey, kept) },
      });
  };

  if (readOnly || (!editing && kept === null))
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
              setEditing(true);
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
        <span className="min-w-0 truncate text-fg-3 text-label">Markdown; raw HTML stays text</span>
        {unsaved && (
          <span className="ml-auto flex-none">
            <Chip tone="warn" data-testid={testId && `${testId}-unsaved`}>
              Not saved yet
            </Chip>
          </span>
        )}
      </div>
      {overtaken && (
        <p className="text-warn">Somebody changed this text since you began. Saving puts yours in its place.</p>
      )}
      {mode === "write" ? (
        <TextArea
          value={draft}
          onChange={type}
          // A draft that one walks past with J and K must not take the keys.
          autoFocus={editing}
          rows={Math.min(16, Math.max(5, draft.split("\n").length + 1))}
          aria-label={label}
          data-testid={testId && `${testId}-input`}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void save();
            else if (event.key === "Escape") {
              event.stopPropagation();
              if (!unsaved) leave();
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
        <Button onClick={leave} disabled={saving} data-testid={testId && `${testId}-leave`}>
          {unsaved ? "Discard draft" : "Cancel"}
        </Button>
      </div>
    </div>
  );
}
