import { useState } from "react";
import { TextInput } from "@/components/TextInput";
import type { DimSetting } from "@/lib/api";

type Props = { dims: readonly DimSetting[]; onChange: (dims: readonly DimSetting[]) => void };

/** The open dims of the model's inputs, each with the value that is counted with. */
export function DimFields({ dims, onChange }: Props) {
  if (dims.length === 0) return <span className="text-fg-3 text-label">All dims of the inputs are fixed</span>;
  return (
    <>
      {dims.map((dim) => (
        <DimField
          key={`${dim.name} ${dim.value}`}
          dim={dim}
          onChange={(value) => onChange(dims.map((each) => (each.name === dim.name ? { ...each, value } : each)))}
        />
      ))}
    </>
  );
}

/** Counts again on Enter and when the field is left. */
function DimField({ dim, onChange }: { dim: DimSetting; onChange: (value: number) => void }) {
  const [text, setText] = useState(String(dim.value));
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  const wrong = !(value >= 1 && value <= 2 ** 40);
  const done = () => {
    if (!wrong && value !== dim.value) onChange(value);
  };
  return (
    <span className="flex items-center gap-1.5">
      <label className="mono text-fg-2" htmlFor={`dim-${dim.name}`}>
        {dim.name}
      </label>
      <TextInput
        id={`dim-${dim.name}`}
        value={text}
        onChange={setText}
        onBlur={done}
        onKeyDown={(event) => event.key === "Enter" && done()}
        invalid={wrong}
        inputMode="numeric"
        title={wrong ? `${dim.name} must be a whole number from 1 to 2^40` : undefined}
        className="w-20"
        data-testid="cost-dim"
      />
    </span>
  );
}
