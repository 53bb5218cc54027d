import { Play, Square } from "lucide-react";
import { Button } from "@/components/Button";
import { Field } from "@/components/Field";
import { Segmented } from "@/components/Segmented";
import { TextArea } from "@/components/TextArea";
import { TextInput } from "@/components/TextInput";
import type { RunSetup } from "@/lib/api";
import type { InspectSource } from "@/lib/view";
import { FileForm } from "./FileForm";
import { GeneratedForm } from "./GeneratedForm";
import { type RunSettings, type SourceKind, wholeNumber } from "./settings";

type Props = {
  source: InspectSource;
  setup: RunSetup;
  settings: RunSettings;
  ready: boolean;
  running: boolean;
  again: boolean;
  onChange: (settings: RunSettings) => void;
  onRun: () => void;
  onCancel: () => void;
};

/** Where the rows come from, and how many go through the model at a time. */
export function RunForm({ source, setup, settings, ready, running, again, onChange, onRun, onCancel }: Props) {
  const set = (part: Partial<RunSettings>) => onChange({ ...settings, ...part });
  const kinds: { value: SourceKind; label: string }[] = [
    ...(setup.example ? [{ value: "example" as const, label: "Example" }] : []),
    { value: "file", label: "File" },
    { value: "generated", label: "Generated" },
    { value: "json", label: "JSON" },
  ];
  const rowsNote = wholeNumber(settings.rowsMax, 1);
  const batchNote = wholeNumber(settings.batchRows, 1);
  return (
    <aside className="flex w-80 flex-none flex-col border-line border-r" data-testid="run-form">
      <div className="flex min-h-0 flex-1 flex-col gap-3 overflow-y-auto overflow-x-hidden p-3">
        <div className="flex flex-col gap-1.5">
          <p className="font-medium">Inputs from</p>
          <Segmented
            label="Inputs from"
            stretch
            disabled={running}
            options={kinds}
            value={settings.kind}
            onChange={(kind) => set({ kind })}
          />
        </div>
        {settings.kind === "example" && (
          <p className="text-fg-2">
            The input example that was logged with the model: <span className="mono selectable">{setup.example}</span>
          </p>
        )}
        {settings.kind === "file" && (
          <FileForm source={source} file={settings.file} onChange={(file) => set({ file })} />
        )}
        {settings.kind === "generated" && (
          <GeneratedForm setup={setup} generated={settings.generated} onChange={(generated) => set({ generated })} />
        )}
        {settings.kind === "json" && (
          <Field
            label="Inputs as JSON"
            hint="records, columns, or a list for each input, as MLflow's scoring takes them"
          >
            {(control) => (
              <TextArea
                {...{ id: control.id, "aria-describedby": control["aria-describedby"] }}
                mono
                rows={10}
                value={settings.json}
                placeholder={'{"inputs": {"x": [[1.0, 2.0]]}}'}
                onChange={(json) => set({ json })}
              />
            )}
          </Field>
        )}
        {settings.kind === "file" && (
          <Field label="Rows at most" hint="empty: all" error={typeof rowsNote === "string" ? rowsNote : null}>
            {(control) => (
              <TextInput
                {...control}
                value={settings.rowsMax}
                inputMode="numeric"
                onChange={(rowsMax) => set({ rowsMax })}
              />
            )}
          </Field>
        )}
        {(settings.kind === "file" || settings.kind === "generated") &&
          (setup.fixedRows === null ? (
            <Field
              label="Rows a run"
              hint="empty: 1,024; outputs of all runs are put together"
              error={typeof batchNote === "string" ? batchNote : null}
            >
              {(control) => (
                <TextInput
                  {...control}
                  value={settings.batchRows}
                  inputMode="numeric"
                  placeholder="1024"
                  onChange={(batchRows) => set({ batchRows })}
                />
              )}
            </Field>
          ) : (
            <p className="text-fg-2">The model fixes its first dim: every run takes {setup.fixedRows} rows.</p>
          ))}
      </div>
      <div className="flex-none border-line border-t p-3">
        {running ? (
          <Button
            size={28}
            icon={Square}
            kbd="Esc"
            className="w-full justify-center"
            data-testid="run-cancel"
            onClick={onCancel}
          >
            Cancel
          </Button>
        ) : (
          <Button
            size={28}
            variant="primary"
            icon={Play}
            kbd="Ctrl Enter"
            className="w-full justify-center"
            disabled={!ready}
            data-testid="run-start"
            onClick={onRun}
          >
            {again ? "Run again" : "Run model"}
          </Button>
        )}
      </div>
    </aside>
  );
}
