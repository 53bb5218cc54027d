import type { HTMLAttributes, ReactNode } from "react";
import { cx } from "@/lib/cx";

/** A surface with a hairline, radius 6. */
export function Card({ className, ...rest }: HTMLAttributes<HTMLElement>) {
  return <section className={cx("overflow-hidden rounded-card border border-line bg-panel", className)} {...rest} />;
}

type HeadProps = { title: ReactNode; sub?: ReactNode; children?: ReactNode; height?: 28 | 32 | 40 };

/** The head of a card: title, a quiet sentence, and what stands at the right. */
export function CardHead({ title, sub, children, height = 32 }: HeadProps) {
  return (
    <header
      style={{ height }}
      className="flex flex-none items-center gap-2 overflow-hidden whitespace-nowrap border-line-2 border-b px-3"
    >
      <h3 className="flex-none font-semibold text-head">{title}</h3>
      {sub && <span className="min-w-0 truncate text-fg-3 text-label">{sub}</span>}
      {children && <span className="ml-auto flex flex-none items-center gap-2 text-fg-3 text-label">{children}</span>}
    </header>
  );
}
