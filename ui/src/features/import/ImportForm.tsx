import { FolderOpen } from "lucide-react";
import type { ReactNode, RefObject } from "react";
import { Button, Checkbox, Field, TextArea, TextInput, toast } from "@/components";
import { api } from "@/lib/api";
import { type ImportForm as Form, isServer } from "./words";

type Props = {
  form: Form;
  locked: boolean;
  fromInput: RefObject<HTMLInputElement | null>;
  onChange: (part: Partial<Form>) => void;
  onSubmit: () => void;
};

/** Where from, with which login, and how much of it. */
export function ImportForm({ form, locked, fromInput, onChange, onSubmit }: Props) {
  const pick = async () => {
    try {
      const folder = await api.pickImportFolder();
      if (folder) onChange({ from: folder });
    } catch (error) {
      toast.error("The folder dialog did not open", error);
    }
  };
  return (
    <form
      className="flex w-80 flex-none flex-col gap-3 overflow-y-auto border-line border-r p-4"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <Field label="MLflow server or mlruns folder" hint="MLflow 2 or 3">
        {(control) => (
          <TextInput
            {...control}
            ref={fromInput}
            size={28}
            mono
            value={form.from}
            disabled={locked}
            placeholder="http://mlflow:5000"
            data-testid="import-from"
            onChange={(from) => onChange({ from })}
          />
        )}
      </Field>
      <Button size={28} icon={FolderOpen} disabled={locked} data-testid="import-pick" onClick={() => void pick()}>
        Choose a folder
      </Button>
      {isServer(form.from) && <Login form={form} locked={locked} onChange={onChange} />}
      <Field label="Only these experiments (optional)" hint="Whole names, one a line. All of them when it is empty.">
        {({ invalid: _, ...control }) => (
          <TextArea
            {...control}
            mono
            rows={3}
            value={form.experiments}
            disabled={locked}
            placeholder="fx/carry-gru-g10"
            data-testid="import-experiments"
            onChange={(experiments) => onChange({ experiments })}
            onKeyDown={(event) => {
              if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) onSubmit();
            }}
          />
        )}
      </Field>
      <Tick
        label="Only registered models"
        note="with the runs and logged models that their versions came from"
        checked={form.modelsOnly}
        locked={locked}
        testId="import-models-only"
        onChange={(modelsOnly) => onChange({ modelsOnly })}
      />
      <Tick
        label="Copy files"
        note="models, plots, tables; each is hashed as it comes"
        checked={form.artifacts}
        locked={locked}
        testId="import-artifacts"
        onChange={(artifacts) => onChange({ artifacts })}
      />
      <button type="submit" hidden disabled={locked} />
    </form>
  );
}

type PartProps = Pick<Props, "form" | "locked" | "onChange">;

function Login({ form, locked, onChange }: PartProps) {
  const line = (label: string, key: "username" | "password" | "token", hint?: ReactNode) => (
    <Field label={label} hint={hint}>
      {(control) => (
        <TextInput
          {...control}
          size={28}
          type={key === "username" ? "text" : "password"}
          value={form[key]}
          disabled={locked}
          onChange={(value) => onChange({ [key]: value })}
        />
      )}
    </Field>
  );
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="sr-only">Login</legend>
      {line("User name (optional)", "username")}
      {form.username !== "" && line("Password", "password")}
      {form.username === "" && line("Access token (optional)", "token", "Used for this import only, never stored.")}
    </fieldset>
  );
}

type TickProps = {
  label: string;
  note: string;
  checked: boolean;
  locked: boolean;
  testId: string;
  onChange: (checked: boolean) => void;
};

function Tick({ label, note, checked, locked, testId, onChange }: TickProps) {
  return (
    <div className="flex items-start gap-2">
      <span className="pt-0.5">
        <Checkbox label={label} checked={checked} disabled={locked} onChange={onChange} data-testid={testId} />
      </span>
      <span aria-hidden onClick={() => !locked && onChange(!checked)}>
        <span className="block font-medium">{label}</span>
        <span className="text-fg-3 text-label">{note}</span>
      </span>
    </div>
  );
}
