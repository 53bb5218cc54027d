import { Field } from "@/components/Field";
import { Select } from "@/components/Select";
import { TextInput } from "@/components/TextInput";
import type { Distribution, GeneratedInput, GeneratedInputs, RunInputPort, RunSetup } from "@/lib/api";
import { NumberField } from "./NumberField";
import { changeInput, type DistributionKind, kindsOf, ofKind } from "./settings";

const KINDS: Record<DistributionKind, string> = {
  normal: "Normal",
  uniform: "Uniform",
  integers: "Integers",
  constant: "Constant",
  categories: "Categories",
};

type Props = { setup: RunSetup; generated: GeneratedInputs; onChange: (generated: GeneratedInputs) => void };

/** Inputs made up from a seed: the same bytes on every machine. */
export function GeneratedForm({ setup, generated, onChange }: Props) {
  const set = (part: Partial<GeneratedInputs>) => onChange({ ...generated, ...part });
  return (
    <div className="flex flex-col gap-3">
      <div className="grid grid-cols-2 gap-2">
        <NumberField label="Seed" value={generated.seed} least={0} whole onChange={(seed) => set({ seed })} />
        {setup.fixedRows === null && (
          <NumberField label="Rows" value={generated.rows} least={1} whole onChange={(rows) => set({ rows })} />
        )}
        {generated.dims.map((dim) => (
          <NumberField
            key={dim.name}
            label={dim.name}
            mono
            value={dim.size}
            least={0}
            whole
            onChange={(size) =>
              set({ dims: generated.dims.map((each) => (each.name === dim.name ? { ...each, size } : each)) })
            }
          />
        ))}
      </div>
      {setup.inputs.map((port) => {
        const input = generated.inputs.find((each) => each.name === port.name);
        return input ? (
          <Input
            key={port.name}
            port={port}
            input={input}
            onChange={(part) => onChange(changeInput(generated, port.name, part))}
          />
        ) : (
          <p key={port.name} className="text-fg-2">
            <b className="mono font-medium">{port.name}</b> is {port.kind}, which cannot be made up.
          </p>
        );
      })}
    </div>
  );
}

type InputProps = { port: RunInputPort; input: GeneratedInput; onChange: (part: Partial<GeneratedInput>) => void };

function Input({ port, input, onChange }: InputProps) {
  return (
    <section className="flex flex-col gap-2 rounded-card border border-line p-2.5" aria-label={port.name}>
      <header className="flex items-baseline gap-2">
        <h4 className="mono min-w-0 truncate font-semibold" title={port.name}>
          {port.name}
        </h4>
        <span className="mono ml-auto flex-none text-fg-3 text-label">{port.kind}</span>
      </header>
      <Select<DistributionKind>
        label={`Distribution of ${port.name}`}
        value={input.distribution.kind}
        options={kindsOf(port).map((value) => ({ value, label: KINDS[value] }))}
        onChange={(kind) => onChange({ distribution: ofKind(kind, port) })}
      />
      <div className="grid grid-cols-2 gap-2">
        <Parameters distribution={input.distribution} onChange={(distribution) => onChange({ distribution })} />
        {port.isFloat && (
          <>
            <NumberField
              label="NaN"
              unit="%"
              value={input.nanShare * 100}
              least={0}
              most={100}
              onChange={(percent) => onChange({ nanShare: percent / 100 })}
            />
            <NumberField
              label="±Infinity"
              unit="%"
              value={input.infShare * 100}
              least={0}
              most={100}
              onChange={(percent) => onChange({ infShare: percent / 100 })}
            />
          </>
        )}
      </div>
      {port.indexLimit !== null && (
        <p className="text-fg-3 text-label">picks rows of a table of {port.indexLimit.toLocaleString("en-US")}</p>
      )}
    </section>
  );
}

function Parameters({ distribution, onChange }: { distribution: Distribution; onChange: (to: Distribution) => void }) {
  switch (distribution.kind) {
    case "normal":
      return (
        <>
          <NumberField
            label="Mean"
            value={distribution.mean}
            onChange={(mean) => onChange({ ...distribution, mean })}
          />
          <NumberField
            label="Deviation"
            value={distribution.std}
            least={0}
            onChange={(std) => onChange({ ...distribution, std })}
          />
        </>
      );
    case "uniform":
    case "integers": {
      const whole = distribution.kind === "integers";
      return (
        <>
          <NumberField
            label="From"
            value={distribution.low}
            whole={whole}
            onChange={(low) => onChange({ ...distribution, low })}
          />
          <NumberField
            label={whole ? "To, included" : "To"}
            value={distribution.high}
            whole={whole}
            onChange={(high) => onChange({ ...distribution, high })}
          />
        </>
      );
    }
    case "constant":
      return (
        <NumberField
          label="Value"
          value={distribution.value}
          onChange={(value) => onChange({ ...distribution, value })}
        />
      );
    case "categories":
      return (
        <Field label="Categories" hint="separated by commas, each as likely as the others" className="col-span-2">
          {(control) => (
            <TextInput
              {...control}
              value={distribution.values.join(", ")}
              onChange={(text) => onChange({ kind: "categories", values: text.split(",").map((each) => each.trim()) })}
            />
          )}
        </Field>
      );
  }
}
