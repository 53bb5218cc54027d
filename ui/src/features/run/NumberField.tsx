import { useId, useState } from "react";
import { TextInput } from "@/components/TextInput";

type Props = {
  label: string;
  value: number;
  onChange: (value: number) => void;
  unit?: string;
  least?: number;
  most?: number;
  whole?: boolean;
  mono?: boolean;
};

/** A number with its name above; what is no number stays as typed, marked, and changes nothing. */
export function NumberField({ label, value, onChange, unit, least, most, whole = false, mono = false }: Props) {
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  const parsed = (text: string): number | null => {
    const number = Number(text);
    const bad =
      text.trim() === "" ||
      !Number.isFinite(number) ||
      (whole && !Number.isSafeInteger(number)) ||
      (least !== undefined && number < least) ||
      (most !== undefined && number > most);
    return bad ? null : number;
  };
  return (
    <label htmlFor={id} className="flex min-w-0 flex-col gap-1">
      <span className={mono ? "mono truncate text-fg-2 text-label" : "truncate text-fg-2 text-label"}>{label}</span>
      <TextInput
        id={id}
        value={typed ?? String(Number(value.toPrecision(12)))}
        inputMode="decimal"
        invalid={typed !== null && parsed(typed) === null}
        trailing={unit && <span className="text-fg-3">{unit}</span>}
        onBlur={() => setTyped(null)}
        onChange={(text) => {
          setTyped(text);
          const number = parsed(text);
          if (number !== null) onChange(number);
        }}
      />
    </label>
  );
}
