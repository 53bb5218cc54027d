import { ChevronDown, ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "@/lib/cx";
import { usePersistent } from "@/lib/persist";

type Props = {
  id: string;
  title: string;
  count: ReactNode;
  /** How many rows it has; a long list gives way before a short one, and keeps at least six rows. */
  rows: number;
  /** The list that gives way first. */
  yields?: boolean;
  action?: ReactNode;
  /** A row that stays in sight below the list, however long that is. */
  foot?: ReactNode;
  children: ReactNode;
};

const HEAD = 28;
const ROW = 24;
const LEAST_ROWS = 6;

/** A part of the left panel: a 28 px head that folds it. */
export function PanelSection({ id, title, count, rows, yields = false, action, foot, children }: Props) {
  const [open, setOpen] = usePersistent(`panel.${id}`, true);
  const Chevron = open ? ChevronDown : ChevronRight;
  return (
    <section
      aria-label={title}
      data-testid={`panel-${id}`}
      className={cx("flex flex-col", !open || rows === 0 ? "flex-none" : yields ? "shrink-[8]" : "shrink")}
      style={open ? { minHeight: HEAD + (Math.min(rows, LEAST_ROWS) + (foot ? 1 : 0)) * ROW + 4 } : undefined}
    >
      <header className="flex h-7 flex-none items-center border-line-2 border-t pr-2 font-semibold">
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="flex h-full min-w-0 flex-1 items-center gap-1.5 pl-2 text-left focus-visible:-outline-offset-1"
        >
          <Chevron size={12} className="text-fg-3" aria-hidden />
          <span className="truncate">{title}</span>
          <span className="tnum ml-auto pl-2 font-normal text-fg-3 text-label">{count}</span>
        </button>
        {action}
      </header>
      {open && <div className={cx("min-h-0 overflow-y-auto", rows > 0 && !foot && "pb-1")}>{children}</div>}
      {open && foot && <div className="flex-none pb-1">{foot}</div>}
    </section>
  );
}

export const PanelNote = ({ children }: { children: ReactNode }) => (
  <p className="pt-0.5 pr-2 pb-3 pl-6.5 text-fg-3">{children}</p>
);
