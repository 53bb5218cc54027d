import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "@/lib/cx";

export type Tone = "neutral" | "outline" | "ok" | "warn" | "bad" | "accent";

const TONE: Record<Tone, string> = {
  neutral: "bg-hover text-fg-2",
  outline: "text-fg-2 shadow-[inset_0_0_0_1px_var(--line)]",
  ok: "bg-ok-weak text-ok",
  warn: "bg-warn-weak text-warn",
  bad: "bg-bad-weak text-bad",
  accent: "bg-accent-weak text-accent",
};

type Props = {
  tone?: Tone;
  icon?: LucideIcon;
  title?: string;
  children: ReactNode;
  "data-testid"?: string;
};

/** A small fact: a tag, an alias, a count. For states use Status or StageChip. */
export function Chip({ tone = "neutral", icon: Icon, children, ...rest }: Props) {
  return (
    <span
      className={cx(
        "inline-flex h-4.5 max-w-full flex-none items-center gap-1 whitespace-nowrap rounded px-1.5 text-label",
        TONE[tone],
      )}
      {...rest}
    >
      {Icon && <Icon size={11} aria-hidden />}
      <span className="truncate">{children}</span>
    </span>
  );
}
