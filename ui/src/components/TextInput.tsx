import type { LucideIcon } from "lucide-react";
import type { InputHTMLAttributes, ReactNode, Ref } from "react";
import { cx } from "@/lib/cx";

type Props = Omit<InputHTMLAttributes<HTMLInputElement>, "size" | "onChange" | "className"> & {
  value: string;
  onChange: (value: string) => void;
  size?: 24 | 28;
  icon?: LucideIcon;
  /** Shown at the right inside: a unit, a Kbd, a button. */
  trailing?: ReactNode;
  mono?: boolean;
  invalid?: boolean;
  className?: string;
  ref?: Ref<HTMLInputElement>;
};

/** One line of text. */
export function TextInput({
  value,
  onChange,
  size = 24,
  icon: Icon,
  trailing,
  mono = false,
  invalid = false,
  className,
  ...rest
}: Props) {
  return (
    <span
      className={cx(
        "flex items-center gap-2 overflow-hidden rounded border bg-app px-2",
        "focus-within:ring-1",
        invalid
          ? "border-bad focus-within:ring-bad"
          : "border-outline focus-within:border-accent focus-within:ring-accent",
        size === 24 ? "h-6" : "h-7",
        className,
      )}
    >
      {Icon && <Icon size={12} className="text-fg-3" aria-hidden />}
      <input
        value={value}
        onChange={(event) => onChange(event.target.value)}
        aria-invalid={invalid || undefined}
        spellCheck={false}
        autoComplete="off"
        className={cx(
          "h-full min-w-0 flex-1 bg-transparent outline-none placeholder:text-fg-3 focus-visible:outline-none",
          mono && "mono",
        )}
        {...rest}
      />
      {trailing}
    </span>
  );
}
