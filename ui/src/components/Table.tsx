import type { HTMLAttributes, KeyboardEvent, ReactNode, TableHTMLAttributes, TdHTMLAttributes } from "react";
import { cx } from "@/lib/cx";

/** A short table: rows of 24, numbers tabular, columns by <colgroup>. Long ones use DataTable, which is virtualised. */
export function Table({ className, ...rest }: TableHTMLAttributes<HTMLTableElement>) {
  return <table className={cx("tnum w-full table-fixed border-separate border-spacing-0", className)} {...rest} />;
}

type CellProps = TdHTMLAttributes<HTMLTableCellElement> & { numeric?: boolean; edge?: boolean };

/** `edge` gives the outer cells the 12 px of the page. */
export function Th({ numeric, edge, className, ...rest }: CellProps) {
  return (
    <th
      scope="col"
      className={cx(
        "h-6 truncate border-line border-b px-2 font-normal text-fg-3 text-label",
        numeric ? "text-right" : "text-left",
        edge && "first:pl-3 last:pr-3",
        className,
      )}
      {...rest}
    />
  );
}

export function Td({ numeric, edge, className, ...rest }: CellProps) {
  return (
    <td
      className={cx(
        "h-6 truncate border-line-2 border-b px-2 py-0 leading-[23px]",
        numeric && "text-right",
        edge && "first:pl-3 last:pr-3",
        className,
      )}
      {...rest}
    />
  );
}

type RowProps = HTMLAttributes<HTMLTableRowElement> & {
  selected?: boolean;
  /** Makes the row a target: click, Enter, and the arrow keys walk to its neighbours. */
  onPick?: () => void;
  children: ReactNode;
};

function walk(event: KeyboardEvent<HTMLTableRowElement>, onPick: () => void) {
  if (event.target !== event.currentTarget) return;
  const down = event.key === "ArrowDown" || event.key === "j";
  const up = event.key === "ArrowUp" || event.key === "k";
  if (event.key === "Enter" || event.key === " ") onPick();
  else if (down || up) {
    const next = down ? event.currentTarget.nextElementSibling : event.currentTarget.previousElementSibling;
    if (next instanceof HTMLElement) {
      next.focus();
      next.click();
    }
  } else return;
  event.preventDefault();
}

export function Tr({ selected, onPick, className, ...rest }: RowProps) {
  return (
    <tr
      aria-selected={onPick ? Boolean(selected) : undefined}
      tabIndex={onPick ? 0 : undefined}
      onClick={onPick}
      onKeyDown={onPick && ((event) => walk(event, onPick))}
      className={cx(
        onPick && "outline-none focus-visible:shadow-[inset_0_0_0_1px_var(--accent)]",
        selected ? "bg-accent-weak" : onPick && "hover:bg-hover",
        className,
      )}
      {...rest}
    />
  );
}
