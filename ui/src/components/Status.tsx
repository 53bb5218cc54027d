import { CircleCheck, CircleDashed, CircleX, Loader, type LucideIcon, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

export type StatusTone = "ok" | "warn" | "bad" | "live" | "idle";

// Nothing spins: an endless animation repaints an idle window, and data carries no motion.
const LOOK: Record<StatusTone, { icon: LucideIcon; color: string }> = {
  ok: { icon: CircleCheck, color: "text-ok" },
  warn: { icon: TriangleAlert, color: "text-warn" },
  bad: { icon: CircleX, color: "text-bad" },
  live: { icon: Loader, color: "text-accent" },
  idle: { icon: CircleDashed, color: "text-fg-3" },
};

type Props = {
  tone: StatusTone;
  /** The word; always given, so colour never speaks alone. */
  children: ReactNode;
  /** Shows the icon only; the word stays as the accessible name and the tooltip. */
  iconOnly?: boolean;
  icon?: LucideIcon;
  size?: number;
  title?: string;
  "data-testid"?: string;
};

/** A state: icon and word. */
export function Status({ tone, children, iconOnly = false, icon, size = 12, title, ...rest }: Props) {
  const look = LOOK[tone];
  const Icon = icon ?? look.icon;
  return (
    <span
      className="inline-flex items-center gap-1 whitespace-nowrap"
      title={title ?? (iconOnly && typeof children === "string" ? children : undefined)}
      {...rest}
    >
      <Icon size={size} className={look.color} aria-hidden />
      <span className={iconOnly ? "sr-only" : undefined}>{children}</span>
    </span>
  );
}
