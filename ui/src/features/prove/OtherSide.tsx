import { Field } from "@/components/Field";
import { Select } from "@/components/Select";
import { api, type Optimisation, type Provider } from "@/lib/api";
import type { InspectSource } from "@/lib/view";
import { FilePick } from "./ProveForm";
import type { Settings, Wrong } from "./settings";

const LEVELS: { value: Optimisation; label: string; detail: string }[] = [
  { value: "off", label: "Off", detail: "the graph as it is" },
  { value: "basic", label: "Basic", detail: "constants folded" },
  { value: "extended", label: "Extended", detail: "operators fused" },
  { value: "all", label: "All", detail: "layouts changed" },
];

const PROVIDERS: { value: Provider; label: string }[] = [
  { value: "cpu", label: "CPU" },
  { value: "cuda", label: "CUDA, then CPU" },
  { value: "tensorrt", label: "TensorRT, then CPU" },
  { value: "directml", label: "DirectML, then CPU" },
  { value: "coreml", label: "CoreML, then CPU" },
  { value: "webgpu", label: "WebGPU, then CPU" },
];

type Props = {
  source: InspectSource;
  settings: Settings;
  problems: Wrong;
  onChange: (part: Partial<Settings>) => void;
};

/** What the model is held against, where that is a side of its own. */
export function OtherSide({ source, settings, problems, onChange }: Props) {
  switch (settings.against) {
    case "model":
      return <OtherModel source={source} settings={settings} problems={problems} onChange={onChange} />;
    case "level":
      return (
        <>
          <Level
            label="This side's optimisation"
            value={settings.optimisation}
            onChange={(optimisation) => onChange({ optimisation })}
          />
          <Level
            label="The other side's optimisation"
            value={settings.otherOptimisation}
            error={problems.otherOptimisation}
            onChange={(otherOptimisation) => onChange({ otherOptimisation })}
          />
          <Field label="The other side's provider">
            {({ id }) => (
              <Select
                id={id}
                className="w-full"
                options={PROVIDERS}
                value={settings.otherProvider}
                onChange={(otherProvider) => onChange({ otherProvider })}
              />
            )}
          </Field>
        </>
      );
    case "runtime":
      return (
        <FilePick
          label="ONNX Runtime library"
          path={settings.library}
          empty="No library chosen"
          hint={problems.library ?? "1.30 or newer; it is loaded in a worker of its own"}
          testId="prove-library"
          pick={api.pickRuntimeLibrary}
          onChange={(library) => onChange({ library })}
        />
      );
    default:
      return null;
  }
}

type LevelProps = { label: string; value: Optimisation; error?: string; onChange: (level: Optimisation) => void };

function Level({ label, value, error, onChange }: LevelProps) {
  return (
    <Field label={label} error={error}>
      {({ id }) => <Select id={id} className="w-full" options={LEVELS} value={value} onChange={onChange} />}
    </Field>
  );
}

function OtherModel({ source, settings, problems, onChange }: Props) {
  const other = settings.otherModel;
  const earlier =
    "name" in source ? Array.from({ length: source.version - 1 }, (_, at) => source.version - 1 - at) : [];
  return (
    <>
      {"name" in source && earlier.length > 0 && (
        <Field label="A version of this model">
          {({ id }) => (
            <Select
              id={id}
              className="w-full"
              placeholder="Choose a version"
              options={earlier.map((version) => ({ value: String(version), label: `v${version}` }))}
              value={other && "name" in other ? String(other.version) : null}
              onChange={(version) => onChange({ otherModel: { name: source.name, version: Number(version) } })}
            />
          )}
        </Field>
      )}
      <FilePick
        label={earlier.length > 0 ? "Or a file" : "File"}
        path={other && "path" in other ? other.path : null}
        empty="No file chosen"
        hint={
          problems.otherModel ??
          "Outputs are matched by name; inputs are converted where the other side takes other types"
        }
        testId="prove-other"
        pick={api.pickModelFile}
        onChange={(path) => onChange({ otherModel: path ? { path } : null })}
      />
    </>
  );
}
