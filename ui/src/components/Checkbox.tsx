import { Check, Minus } from "lucide-react";
import type { MouseEvent } from "react";
import { cx } from "@/lib/cx";

type Props = {
  /** The accessible name: "Select hmm4-w64-s3". */
  label: string;
  checked: boolean | "mixed";
  onChange: (checked: boolean, event: MouseEvent) => void;
  /** Fill when checked; a run's checkbox carries the run's colour. */
  color?: string;
  disabled?: boolean;
  tabIndex?: number;
  "data-testid"?: string;
};

/** 14 px, filled with a colour that may carry meaning. */
export function Checkbox({ label, checked, onChange, color, disabled, tabIndex, "data-testid": testId }: Props) {
  const filled = checked !== false;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a native box cannot be filled with the run's colour
    <button
      type="button"
      role="checkbox"
      aria-checked={checked}
      aria-label={label}
      data-testid={testId}
      disabled={disabled}
      tabIndex={tabIndex}
      onClick={(event) => {
        event.stopPropagation();
        onChange(checked !== true, event);
      }}
      style={filled ? { background: color ?? "var(--accent)" } : undefined}
      className={cx(
        "flex size-3.5 flex-none items-center justify-center rounded-sm focus-visible:outline-offset-1 disabled:opacity-50",
        filled ? "text-app" : "border border-outline",
      )}
    >
      {checked === true && <Check size={10} strokeWidth={3.4} className="stroke-[3.4]!" aria-hidden />}
      {checked === "mixed" && <Minus size={10} className="stroke-[3.4]! text-accent-on" aria-hidden />}
    </button>
  );
}
