import { ChevronDown, ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "@/lib/cx";
import { usePersistent } from "@/lib/persist";

type Props = {
  id: string;
  title: string;
  count: ReactNode;
  action?: ReactNode;
  children: ReactNode;
};

/** A part of the left panel: a 28 px head that folds it. */
export function PanelSection({ id, title, count, action, children }: Props) {
  const [open, setOpen] = usePersistent(`panel.${id}`, true);
  const Chevron = open ? ChevronDown : ChevronRight;
  return (
    <section aria-label={title} data-testid={`panel-${id}`} className={cx(open && "pb-1")}>
      <header className="sticky top-0 z-10 flex h-7 items-center border-line-2 border-t bg-panel pr-2 font-semibold">
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
      {open && children}
    </section>
  );
}

export const PanelNote = ({ children }: { children: ReactNode }) => (
  <p className="px-6.5 pt-0.5 pb-3 text-fg-3">{children}</p>
);
