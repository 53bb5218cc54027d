import { Switch as Base } from "@base-ui/react/switch";

type Props = { label: string; checked: boolean; onChange: (checked: boolean) => void; disabled?: boolean };

/** On or off, at once. The label stands beside it and toggles too. */
export function Switch({ label, checked, onChange, disabled }: Props) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: Base.Root renders the input
    <label className="inline-flex flex-none items-center gap-1.5 whitespace-nowrap text-fg-2">
      <Base.Root
        checked={checked}
        onCheckedChange={onChange}
        disabled={disabled}
        className="relative h-3.5 w-6 flex-none rounded-[7px] bg-muted data-checked:bg-accent data-disabled:opacity-50"
      >
        <Base.Thumb className="absolute top-0.5 left-0.5 size-2.5 rounded-[5px] bg-knob transition-transform duration-100 data-checked:translate-x-2.5 data-checked:bg-accent-on" />
      </Base.Root>
      {label}
    </label>
  );
}
