import { Plus, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/Button";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { ErrorLine } from "@/components/ErrorLine";
import { IconButton } from "@/components/IconButton";
import { TextInput } from "@/components/TextInput";
import { toast } from "@/components/Toast";
import type { Alias, ModelVersion } from "@/lib/api";
import { Part } from "./Part";
import { useAliasEdits } from "./queries";

/** Offers the way back of a change to an alias. */
const undo = (alias: string, back: () => Promise<unknown>) => ({
  label: "Undo",
  run: () => void back().catch((error) => toast.error(`@${alias} was not changed back`, error)),
});

/** Aliases stand beside stages: a name that scripts load by, moved from version to version. */
export function AliasEditor({ version }: { version: ModelVersion }) {
  const [text, setText] = useState("");
  const [taken, setTaken] = useState<Alias | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const edit = useAliasEdits(version.name);
  const here = version.version;
  const alias = text.trim().replace(/^@/, "");

  const attempt = async (work: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    try {
      await work();
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  const put = async (name: string, from: number | null) => {
    await edit.set(name, here);
    setText("");
    toast.ok({
      title: from === null ? `@${name} set on v${here}` : `@${name} moved from v${from} to v${here}`,
      action: undo(name, () => (from === null ? edit.remove(name) : edit.set(name, from))),
    });
  };
  const remove = async (name: string) => {
    await edit.remove(name);
    toast.ok({ title: `@${name} removed from v${here}`, action: undo(name, () => edit.set(name, here)) });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!alias || busy) return;
    void attempt(async () => {
      const holder = await edit.holder(alias);
      if (holder === here) setText("");
      else if (holder === null) await put(alias, null);
      else setTaken({ alias, version: holder });
    });
  };

  return (
    <Part title="Aliases" note={version.aliases.length > 0 ? `models:/${version.name}@${version.aliases[0]}` : "none"}>
      <div className="px-3">
        {error !== null && (
          <ErrorLine title="Aliases were not changed" error={error} onDismiss={() => setError(null)} />
        )}
        {version.aliases.length > 0 && (
          <div className="flex flex-wrap gap-1.5 pb-1.5">
            {version.aliases.map((each) => (
              <span
                key={each}
                data-testid="alias-chip"
                className="inline-flex h-6 items-center rounded pl-1.5 text-fg-2 shadow-[inset_0_0_0_1px_var(--line)]"
              >
                @{each}
                <IconButton
                  icon={X}
                  size={20}
                  iconSize={11}
                  label={`Remove alias ${each}`}
                  data-testid="alias-remove"
                  disabled={busy}
                  onClick={() => void attempt(() => remove(each))}
                />
              </span>
            ))}
          </div>
        )}
        <form onSubmit={submit} className="flex items-center gap-1.5">
          <TextInput
            value={text}
            onChange={setText}
            aria-label="New alias"
            placeholder="new alias"
            data-testid="alias-input"
            className="min-w-0 flex-1 border-line"
          />
          <Button type="submit" icon={Plus} disabled={!alias} busy={busy} data-testid="alias-set">
            Set alias
          </Button>
        </form>
      </div>
      {taken && (
        <ConfirmDialog
          title={`Move @${taken.alias} to v${here}`}
          verb={`Move from v${taken.version}`}
          safe="The message after it offers Undo."
          data-testid="alias-take"
          onClose={() => setTaken(null)}
          onConfirm={() => put(taken.alias, taken.version)}
        >
          <p className="text-fg-2">
            v{taken.version} holds @{taken.alias} now. Scripts that load{" "}
            <span className="mono selectable">
              models:/{version.name}@{taken.alias}
            </span>{" "}
            get v{here} from then on.
          </p>
        </ConfirmDialog>
      )}
    </Part>
  );
}
