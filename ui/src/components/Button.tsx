import type { LucideIcon } from "lucide-react";
import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";
import { cx } from "@/lib/cx";
import { Kbd } from "./Kbd";

export type ButtonProps = Omit<ButtonHTMLAttributes<HTMLButtonElement>, "className"> & {
  variant?: "default" | "primary" | "ghost" | "danger";
  size?: 24 | 28;
  icon?: LucideIcon;
  /** The shortcut, shown inside the button: "Ctrl K". */
  kbd?: string;
  /** Waits for an answer: keeps its width, refuses clicks. */
  busy?: boolean;
  children?: ReactNode;
  className?: string;
  ref?: Ref<HTMLButtonElement>;
};

const VARIANT = {
  default: "border-line bg-raised text-fg enabled:hover:bg-hover",
  primary: "border-accent bg-accent font-semibold text-accent-on enabled:hover:brightness-110",
  ghost: "border-transparent bg-transparent text-fg-2 enabled:hover:bg-hover enabled:hover:text-fg",
  danger: "border-line bg-raised text-bad enabled:hover:bg-bad-weak",
};

/** A command. Label it verb + object; one `primary` a screen. */
export function Button({
  variant = "default",
  size = 24,
  icon: Icon,
  kbd,
  busy = false,
  disabled,
  className,
  children,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={cx(
        "inline-flex flex-none items-center justify-center gap-1.5 whitespace-nowrap rounded border font-medium",
        "focus-visible:outline-2 focus-visible:outline-offset-1 disabled:opacity-50",
        size === 24 ? "h-6 px-2.25" : "h-7 px-3",
        VARIANT[variant],
        className,
      )}
      {...rest}
    >
      {Icon && <Icon size={14} className={variant === "default" ? "text-fg-2" : undefined} aria-hidden />}
      {children}
      {kbd && <Kbd onAccent={variant === "primary"}>{kbd}</Kbd>}
    </button>
  );
}
