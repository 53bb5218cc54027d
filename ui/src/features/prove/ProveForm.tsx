import { FileInput, FolderOpen, Play, Square, X } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/components/Button";
import { Field } from "@/components/Field";
import { IconButton } from "@/components/IconButton";
import { Select } from "@/components/Select";
import { TextInput } from "@/components/TextInput";
import { api } from "@/lib/api";
import { fileName } from "@/lib/artifacts";
import type { InspectSource } from "@/lib/view";
import { OtherSide } from "./OtherSide";
import { type Against, type Settings, wrong } from "./settings";

const AGAINST: { value: Against; label: string }[] = [
  { value: "expected", label: "Expected outputs" },
  { value: "model", label: "Another model" },
  { value: "level", label: "Provider or level" },
  { value: "runtime", label: "Another ONNX Runtime" },
  { value: "repeat", label: "Itself, repeated" },
];

type Props = {
  source: InspectSource;
  settings: Settings;
  running: boolean;
  again: boolean;
  onChange: (part: Partial<Settings>) => void;
  onRun: () => void;
  onCancel: () => void;
};

/** The question: what against what, over which rows, and what counts as equal. */
export function ProveForm({ source, settings, running, again, onChange, onRun, onCancel }: Props) {
  const problems = wrong(settings);
  const repeats = settings.against === "repeat";
  const text = (key: keyof Settings, label: string, hint?: string) => (
    <Field label={label} hint={hint} error={problems[key]}>
      {(control) => (
        <TextInput
          {...control}
          size={28}
          data-testid={`prove-${key}`}
          value={String(settings[key] ?? "")}
          onChange={(value) => onChange({ [key]: value })}
        />
      )}
    </Field>
  );
  const verb = repeats ? "Repeat runs" : "Compare outputs";
  return (
    <form
      className="flex min-h-0 flex-1 flex-col"
      data-testid="prove-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!running && Object.keys(problems).length === 0) onRun();
      }}
    >
      <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto p-3">
        <Group title="Compare with">
          <Select
            label="Compare with"
            data-testid="prove-against"
            className="w-full"
            options={AGAINST}
            value={settings.against}
            onChange={(against) => onChange({ against })}
          />
          <OtherSide source={source} settings={settings} problems={problems} onChange={onChange} />
        </Group>
        <Group title="Rows">
          <FilePick
            label={settings.against === "expected" ? "Rows and expected outputs" : "File"}
            path={settings.data}
            empty={settings.against === "expected" ? "No file chosen" : "Made up from a seed"}
            hint={
              settings.against === "expected"
                ? "Expected columns are called after the outputs: y, or y_0, y_1; or prediction"
                : repeats && settings.data
                  ? "The first 256 rows are repeated"
                  : undefined
            }
            testId="prove-data"
            pick={api.pickRowsFile}
            onChange={(data) => onChange({ data })}
          />
          {!settings.data && settings.against !== "expected" && (
            <div className="grid grid-cols-2 gap-2">
              {text("rows", "Rows")}
              {text("seed", "Seed")}
            </div>
          )}
        </Group>
        {repeats ? (
          <Group title="Runs">
            <div className="grid grid-cols-2 gap-2">
              {text("repeats", "Repeats")}
              {text("threads", "Threads")}
            </div>
          </Group>
        ) : (
          <Group title="Tolerance">
            <div className="grid grid-cols-2 gap-2">
              {text("rtol", "Relative, rtol")}
              {text("atol", "Absolute, atol")}
            </div>
            <p className="text-fg-3 text-label">|actual − expected| ≤ atol + rtol · |expected|, as numpy.isclose</p>
            {text("batchRows", "Batch rows")}
          </Group>
        )}
      </div>
      <div className="flex-none border-line border-t p-3">
        {running ? (
          <Button size={28} icon={Square} className="w-full" data-testid="prove-cancel" onClick={onCancel}>
            Cancel
          </Button>
        ) : (
          <Button
            size={28}
            variant="primary"
            icon={Play}
            type="submit"
            className="w-full"
            data-testid="prove-run"
            disabled={Object.keys(problems).length > 0}
          >
            {again ? `${verb} again` : verb}
          </Button>
        )}
      </div>
    </form>
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-2.5">
      <h3 className="font-semibold text-head">{title}</h3>
      {children}
    </section>
  );
}

type FilePickProps = {
  label: string;
  path: string | null;
  empty: string;
  hint?: string;
  testId: string;
  pick: () => Promise<string | null>;
  onChange: (path: string | null) => void;
};

/** A file of this machine: chosen in the system's dialog, shown by its name. */
export function FilePick({ label, path, empty, hint, testId, pick, onChange }: FilePickProps) {
  const choose = async () => {
    const chosen = await pick();
    if (chosen) onChange(chosen);
  };
  return (
    <Field label={label} hint={hint}>
      {(control) => (
        <div className="flex items-center gap-1">
          <button
            type="button"
            id={control.id}
            data-testid={testId}
            title={path ?? undefined}
            onClick={() => void choose()}
            className="flex h-7 min-w-0 flex-1 items-center gap-2 rounded border border-outline bg-app px-2 text-left hover:bg-hover"
          >
            <FileInput size={12} className="flex-none text-fg-3" aria-hidden />
            <span className={path ? "min-w-0 flex-1 truncate" : "min-w-0 flex-1 truncate text-fg-3"}>
              {path ? fileName(path) : empty}
            </span>
            <FolderOpen size={12} className="flex-none text-fg-3" aria-hidden />
          </button>
          {path && <IconButton icon={X} label={`Leave out ${label.toLowerCase()}`} onClick={() => onChange(null)} />}
        </div>
      )}
    </Field>
  );
}
