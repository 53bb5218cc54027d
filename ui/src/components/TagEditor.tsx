import { Check, Filter, FilterX, Pencil, Plus, Trash2, X } from "lucide-react";
import { type FormEvent, type KeyboardEvent, useState } from "react";
import type { Pair } from "@/lib/api";
import { Button } from "./Button";
import { ErrorLine } from "./ErrorLine";
import { IconButton } from "./IconButton";
import { TextInput } from "./TextInput";
import { toast } from "./Toast";

type Props = {
  pairs: readonly Pair[];
  onSet: (key: string, value: string) => Promise<unknown>;
  onRemove: (key: string) => Promise<unknown>;
  /** Click a value to filter to it, or to drop it. */
  onFilter?: (key: string, value: string, keep: boolean) => void;
  readOnly?: boolean;
};

/** Tags: add, edit in place, remove with undo. */
export function TagEditor({ pairs, onSet, onRemove, onFilter, readOnly = false }: Props) {
  const [editing, setEditing] = useState<string | null>(null);
  const [adding, setAdding] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const attempt = async (work: () => Promise<unknown>) => {
    setError(null);
    try {
      await work();
      return true;
    } catch (cause) {
      setError(cause);
      return false;
    }
  };
  const change = (pair: Pair, value: string) =>
    attempt(async () => {
      if (value === pair.value) return;
      await onSet(pair.key, value);
      toast.ok({
        title: `Tag ${pair.key} changed`,
        action: { label: "Undo", run: () => void attempt(() => onSet(pair.key, pair.value)) },
      });
    });
  const remove = (pair: Pair) =>
    attempt(async () => {
      await onRemove(pair.key);
      toast.ok({
        title: `Tag ${pair.key} removed`,
        action: { label: "Undo", run: () => void attempt(() => onSet(pair.key, pair.value)) },
      });
    });

  return (
    <div data-testid="tag-editor">
      {error !== null && (
        <div className="px-3 pt-2">
          <ErrorLine title="The tags were not changed" error={error} onDismiss={() => setError(null)} />
        </div>
      )}
      <ul>
        {pairs.map((pair) =>
          editing === pair.key ? (
            <li key={pair.key} className="border-line-2 border-b px-3 py-1">
              <TagForm
                name={pair.key}
                value={pair.value}
                onCancel={() => setEditing(null)}
                onDone={async (_, value) => (await change(pair, value)) && setEditing(null)}
              />
            </li>
          ) : (
            <li
              key={pair.key}
              data-testid="tag-row"
              data-key={pair.key}
              className="group relative flex min-h-6 items-center gap-3 border-line-2 border-b px-3 py-0.5"
            >
              <span className="w-[38%] max-w-36 flex-none truncate text-fg-3" title={pair.key}>
                {pair.key}
              </span>
              <span className="selectable line-clamp-3 min-w-0 flex-1 break-words" title={pair.value}>
                {pair.value === "" ? <span className="text-fg-3">empty</span> : pair.value}
              </span>
              <span className="absolute inset-y-0 right-1 flex items-center rounded bg-hover px-0.5 opacity-0 group-focus-within:opacity-100 group-hover:opacity-100">
                {onFilter && (
                  <>
                    <Small
                      icon={Filter}
                      label={`Filter to ${pair.key} = ${pair.value}`}
                      onClick={() => onFilter(pair.key, pair.value, true)}
                    />
                    <Small
                      icon={FilterX}
                      label={`Exclude ${pair.key} = ${pair.value}`}
                      onClick={() => onFilter(pair.key, pair.value, false)}
                    />
                  </>
                )}
                {!readOnly && (
                  <>
                    <Small
                      icon={Pencil}
                      label={`Edit tag ${pair.key}`}
                      testId="tag-edit"
                      onClick={() => setEditing(pair.key)}
                    />
                    <Small
                      icon={Trash2}
                      label={`Remove tag ${pair.key}`}
                      testId="tag-remove"
                      onClick={() => void remove(pair)}
                    />
                  </>
                )}
              </span>
            </li>
          ),
        )}
      </ul>
      {!readOnly &&
        (adding ? (
          <div className="px-3 py-1">
            <TagForm
              name=""
              value=""
              onCancel={() => setAdding(false)}
              onDone={async (key, value) => (await attempt(() => onSet(key, value))) && setAdding(false)}
            />
          </div>
        ) : (
          <div className="px-1.5 py-1">
            <Button variant="ghost" icon={Plus} data-testid="tag-add" onClick={() => setAdding(true)}>
              Add tag
            </Button>
          </div>
        ))}
    </div>
  );
}

type SmallProps = { icon: typeof Pencil; label: string; onClick: () => void; testId?: string };
const Small = ({ icon, label, onClick, testId }: SmallProps) => (
  <IconButton icon={icon} size={20} iconSize={12} label={label} onClick={onClick} data-testid={testId} />
);

type FormProps = {
  name: string;
  value: string;
  onDone: (key: string, value: string) => Promise<unknown>;
  onCancel: () => void;
};

/** Enter saves, Esc cancels. The key of a tag that is there stays. */
function TagForm({ name, value, onDone, onCancel }: FormProps) {
  const [key, setKey] = useState(name);
  const [text, setText] = useState(value);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!key.trim() || busy) return;
    setBusy(true);
    await onDone(key.trim(), text);
    setBusy(false);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    event.preventDefault();
    onCancel();
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="flex items-center gap-1.5">
      {name ? (
        <span className="w-36 flex-none truncate text-fg-3">{name}</span>
      ) : (
        <TextInput
          value={key}
          onChange={setKey}
          autoFocus
          aria-label="Tag key"
          placeholder="key"
          data-testid="tag-key"
          onKeyDown={onKeyDown}
          className="w-36 flex-none"
        />
      )}
      <TextInput
        value={text}
        onChange={setText}
        autoFocus={name !== ""}
        aria-label="Tag value"
        placeholder="value"
        data-testid="tag-value"
        onKeyDown={onKeyDown}
        className="min-w-0 flex-1"
      />
      <IconButton icon={Check} label="Save tag" type="submit" disabled={!key.trim() || busy} data-testid="tag-save" />
      <IconButton icon={X} label="Cancel" onClick={onCancel} />
    </form>
  );
}
