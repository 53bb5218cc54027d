import type { LucideIcon } from "lucide-react";
import { type KeyboardEvent, useRef } from "react";
import { cx } from "@/lib/cx";

export type SegmentedOption<Value extends string> = { value: Value; label: string; icon?: LucideIcon };

type Props<Value extends string> = {
  label: string;
  options: readonly SegmentedOption<Value>[];
  value: Value;
  onChange: (value: Value) => void;
  size?: 24 | 28;
  /** Shares the whole width in equal parts, as in forms. */
  stretch?: boolean;
  disabled?: boolean;
};

/** One of a few, all visible. Arrow keys move the choice. */
export function Segmented<Value extends string>({
  label,
  options,
  value,
  onChange,
  size = 24,
  stretch = false,
  disabled = false,
}: Props<Value>) {
  const group = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const index = options.findIndex((option) => option.value === value);
    const next = (index + step + options.length) % options.length;
    const option = options[next];
    if (option) onChange(option.value);
    group.current?.querySelectorAll<HTMLButtonElement>("button")[next]?.focus();
  };
  return (
    <div
      ref={group}
      role="radiogroup"
      aria-label={label}
      onKeyDown={onKeyDown}
      className={cx(
        "inline-flex flex-none divide-x divide-line overflow-hidden rounded border border-line bg-app",
        size === 24 ? "h-6" : "h-7",
        stretch && "w-full",
      )}
    >
      {options.map(({ value: each, label: text, icon: Icon }) => (
        // biome-ignore lint/a11y/useSemanticElements: a radio input cannot carry the icon and the pressed surface
        <button
          key={each}
          type="button"
          role="radio"
          aria-checked={each === value}
          tabIndex={each === value ? 0 : -1}
          disabled={disabled}
          onClick={() => onChange(each)}
          className={cx(
            "flex items-center justify-center gap-1.5 whitespace-nowrap px-2.25 focus-visible:-outline-offset-1 disabled:opacity-50",
            stretch && "flex-1",
            each === value ? "bg-hover font-medium text-fg" : "text-fg-2 enabled:hover:text-fg",
          )}
        >
          {Icon && <Icon size={14} aria-hidden />}
          {text}
        </button>
      ))}
    </div>
  );
}
