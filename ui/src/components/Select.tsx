import { Select as Base } from "@base-ui/react/select";
import { Check, ChevronDown } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "@/lib/cx";

export type SelectOption<Value extends string> = { value: Value; label: string; detail?: string };

type Props<Value extends string> = {
  /** The accessible name, when no Field labels it. */
  label?: string;
  id?: string;
  options: readonly SelectOption<Value>[];
  value: Value | null;
  onChange: (value: Value) => void;
  placeholder?: string;
  size?: 24 | 28;
  icon?: ReactNode;
  disabled?: boolean;
  invalid?: boolean;
  className?: string;
  "data-testid"?: string;
};

/** One of many. Type to jump; the popup is as wide as the control. */
export function Select<Value extends string>({
  label,
  id,
  options,
  value,
  onChange,
  placeholder = "Choose",
  size = 28,
  icon,
  disabled,
  invalid,
  className,
  "data-testid": testId,
}: Props<Value>) {
  return (
    <Base.Root
      items={options}
      value={value}
      onValueChange={(next) => next !== null && onChange(next as Value)}
      disabled={disabled}
    >
      <Base.Trigger
        id={id}
        aria-label={label}
        data-testid={testId}
        className={cx(
          "flex items-center gap-2 rounded border bg-app px-2 text-left disabled:opacity-50 data-[popup-open]:border-accent",
          invalid ? "border-bad" : "border-outline",
          size === 24 ? "h-6" : "h-7",
          className,
        )}
      >
        {icon}
        <Base.Value className="min-w-0 flex-1 truncate data-placeholder:text-fg-3" placeholder={placeholder} />
        <Base.Icon className="text-fg-3">
          <ChevronDown size={12} />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner alignItemWithTrigger={false} sideOffset={4} className="z-50 outline-none">
          <Base.Popup className="overlay-in max-h-[min(320px,var(--available-height))] min-w-[var(--anchor-width)] overflow-y-auto rounded-l border border-line bg-raised p-1 shadow-overlay outline-none">
            {options.map((option) => (
              <Base.Item
                key={option.value}
                value={option.value}
                className="flex h-7 items-center gap-2 rounded px-2 outline-none data-highlighted:bg-hover"
              >
                <Base.ItemText className="flex-1 truncate">{option.label}</Base.ItemText>
                {option.detail && <span className="text-fg-3 text-label">{option.detail}</span>}
                <Base.ItemIndicator className="text-accent">
                  <Check size={12} />
                </Base.ItemIndicator>
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
