import { useState } from "react";
import { ConfirmDialog, Field, Segmented, TextInput, toast } from "@/components";
import { api } from "@/lib/api";
import { plural } from "@/lib/format";
import { ReachField } from "./ReachField";
import { type BulkTarget, countOf, firstReach, scopeOf } from "./scope";

type What = "set" | "remove";

export function TagDialog({ target, onClose }: { target: BulkTarget; onClose: () => void }) {
  const [reach, setReach] = useState(firstReach(target));
  const [what, setWhat] = useState<What>("set");
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  const count = countOf(target, reach);
  const apply = async () => {
    if (!key.trim()) throw { kind: "invalid", message: "A tag needs a key.", field: "key", hint: null };
    const name = key.trim();
    const done = await api.tagRuns({
      scope: scopeOf(target, reach),
      set: what === "set" ? [{ key: name, value }] : [],
      remove: what === "remove" ? [name] : [],
    });
    toast.ok({
      title:
        what === "set"
          ? `${plural(done.runIds.length, "run")} tagged ${name} = ${value}`
          : `Tag ${name} removed from ${plural(done.runIds.length, "run")}`,
      ...(done.skipped > 0 ? { detail: `${plural(done.skipped, "run")} left out: gone, or in the trash` } : {}),
    });
  };
  return (
    <ConfirmDialog
      title="Tag runs"
      verb={`${what === "set" ? "Tag" : "Untag"} ${plural(count, "run")}`}
      safe={what === "set" ? "A value that is there is replaced." : undefined}
      ready={count > 0}
      data-testid="bulk-tag"
      onClose={onClose}
      onConfirm={apply}
    >
      <ReachField target={target} value={reach} onChange={setReach} />
      <Segmented<What>
        label="What to do"
        size={28}
        stretch
        options={[
          { value: "set", label: "Set a tag" },
          { value: "remove", label: "Remove a tag" },
        ]}
        value={what}
        onChange={setWhat}
      />
      <div className="grid grid-cols-2 gap-3">
        <Field label="Key">
          {({ invalid: _, ...control }) => (
            <TextInput
              {...control}
              size={28}
              value={key}
              onChange={setKey}
              placeholder="desk"
              data-testid="bulk-tag-key"
            />
          )}
        </Field>
        {what === "set" && (
          <Field label="Value">
            {({ invalid: _, ...control }) => (
              <TextInput
                {...control}
                size={28}
                value={value}
                onChange={setValue}
                placeholder="fx"
                data-testid="bulk-tag-value"
              />
            )}
          </Field>
        )}
      </div>
      <button type="submit" hidden aria-hidden tabIndex={-1} />
    </ConfirmDialog>
  );
}
