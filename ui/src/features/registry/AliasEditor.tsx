import { Plus, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/Button";
import { ErrorLine } from "@/components/ErrorLine";
import { IconButton } from "@/components/IconButton";
import { TextInput } from "@/components/TextInput";
import type { ModelVersion } from "@/lib/api";
import { Part } from "./Part";
import { useDeleteAlias, useSetAlias } from "./queries";

/** Aliases stand beside stages: a name that scripts load by, moved from version to version. */
export function AliasEditor({ version }: { version: ModelVersion }) {
  const [alias, setAlias] = useState("");
  const set = useSetAlias();
  const remove = useDeleteAlias();
  const name = alias.trim().replace(/^@/, "");
  const failed = set.error ?? remove.error;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!name) return;
    remove.reset();
    set.mutate({ name: version.name, alias: name, version: version.version }, { onSuccess: () => setAlias("") });
  };

  return (
    <Part title="Aliases" note={version.aliases.length > 0 ? `models:/${version.name}@${version.aliases[0]}` : "none"}>
      <div className="px-3">
        {failed && (
          <ErrorLine
            title="Aliases were not changed"
            error={failed}
            onDismiss={() => {
              set.reset();
              remove.reset();
            }}
          />
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
                  disabled={remove.isPending}
                  onClick={() => {
                    set.reset();
                    remove.mutate({ name: version.name, alias: each });
                  }}
                />
              </span>
            ))}
          </div>
        )}
        <form onSubmit={submit} className="flex items-center gap-1.5">
          <TextInput
            value={alias}
            onChange={setAlias}
            aria-label="New alias"
            placeholder="new alias"
            data-testid="alias-input"
            className="min-w-0 flex-1 border-line"
          />
          <Button type="submit" icon={Plus} disabled={!name} busy={set.isPending} data-testid="alias-set">
            Set alias
          </Button>
        </form>
      </div>
    </Part>
  );
}
