import { Pencil } from "lucide-react";
import { useState } from "react";
import { IconButton } from "./IconButton";
import { TextInput } from "./TextInput";
import { toast } from "./Toast";

type Props = {
  /** "Run name": names the field and what is said after. */
  label: string;
  value: string;
  /** What stands there while it is not edited; the value when absent. */
  shown?: string;
  onSave: (value: string) => Promise<unknown>;
  "data-testid"?: string;
};

/** A name that becomes a field on a click of its pencil. Enter saves, Esc leaves it; a saved one can be undone. */
export function InlineEdit({ label, value, shown, onSave, "data-testid": testId }: Props) {
  const [draft, setDraft] = useState<string | null>(null);
  const save = async () => {
    const next = draft?.trim() ?? "";
    setDraft(null);
    if (!next || next === value) return;
    try {
      await onSave(next);
      toast.ok({
        title: `${label} changed`,
        detail: `${value} is now ${next}`,
        action: {
          label: "Undo",
          run: () => void onSave(value).catch((error) => toast.error(`${label} was not changed back`, error)),
        },
      });
    } catch (error) {
      toast.error(`${label} was not changed`, error);
    }
  };
  if (draft !== null)
    return (
      <TextInput
        value={draft}
        onChange={setDraft}
        autoFocus
        aria-label={label}
        data-testid={testId && `${testId}-input`}
        onFocus={(event) => event.currentTarget.select()}
        onBlur={() => void save()}
        onKeyDown={(event) => {
          if (event.key === "Enter") event.currentTarget.blur();
          else if (event.key === "Escape") {
            event.stopPropagation();
            event.preventDefault();
            setDraft(null);
          }
        }}
        className="w-72 font-normal text-base"
      />
    );
  return (
    <span className="group/edit flex min-w-0 items-center gap-1" data-testid={testId}>
      <span className="min-w-0 truncate" title={value}>
        {shown ?? value}
      </span>
      <IconButton
        icon={Pencil}
        size={20}
        iconSize={12}
        label={`Edit ${label.toLowerCase()}`}
        data-testid={testId && `${testId}-edit`}
        onClick={() => setDraft(value)}
        className="opacity-0 focus-visible:opacity-100 group-hover/edit:opacity-100"
      />
    </span>
  );
}
