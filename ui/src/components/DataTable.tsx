import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef } from "react";
import { cx } from "@/lib/cx";
import { useScrollAnchor } from "./scrollAnchor";

export type Column<Row> = {
  id: string;
  header: ReactNode;
  /** Second line of the head: the aggregate ("best", "param"). Any column with one makes the head 34 px. */
  sub?: ReactNode;
  width: number;
  /** Takes what is left of the width; one column at most. */
  grow?: boolean;
  align?: "left" | "right";
  /** Stays at the left while the rest scrolls; pinned columns come first. */
  pinned?: boolean;
  sortable?: boolean;
  cell: (row: Row, index: number) => ReactNode;
  /** The full value, on hover. */
  title?: (row: Row) => string | undefined;
  className?: string;
};

export type Sort = { id: string; desc: boolean };

type Props<Row> = {
  /** The accessible name. */
  label: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  rowKey: (row: Row) => string;
  rowHeight?: 24 | 28 | 32;
  /** The row under the keyboard, tinted with the accent. */
  activeKey?: string | null;
  /** A row lit from elsewhere: its chart line is hovered. */
  hoveredKey?: string | null;
  /** Click, arrows, J/K, Home, End. */
  onActive?: (row: Row) => void;
  /** Double click or Enter. */
  onOpen?: (row: Row) => void;
  /** X or Space. */
  onToggle?: (row: Row) => void;
  onHover?: (key: string | null) => void;
  sort?: Sort | null;
  onSort?: (columnId: string) => void;
  /** data-testid of each row; rows also carry data-row-key. */
  rowTestId?: string;
  rowClassName?: (row: Row) => string | undefined;
  empty?: ReactNode;
  footer?: ReactNode;
  /** The last rows are near: fetch the next page. */
  onEndReached?: () => void;
};

const OVERSCAN_ROWS = 8;

/** Rows and columns virtualised; sorting and filtering happen behind the wire. Its scroll position never moves by itself. */
export function DataTable<Row>(props: Props<Row>) {
  const { label, rows, columns, rowKey, rowHeight = 24, activeKey = null, rowTestId, empty, footer } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const pinned = useMemo(() => columns.filter((column) => column.pinned), [columns]);
  const loose = useMemo(() => columns.filter((column) => !column.pinned), [columns]);
  const pinnedWidth = pinned.reduce((sum, column) => sum + column.width, 0);
  const looseWidth = loose.reduce((sum, column) => sum + column.width, 0);
  const headHeight = columns.some((column) => column.sub !== undefined) ? 34 : 24;

  const rowWindow = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN_ROWS,
    scrollMargin: headHeight,
    getItemKey: (index) => rowKey(rows[index] as Row),
  });
  const columnWindow = useVirtualizer({
    horizontal: true,
    count: loose.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => loose[index]?.width ?? 80,
    overscan: 3,
    scrollMargin: pinnedWidth,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: widths are measured again when the columns change
  useEffect(() => columnWindow.measure(), [loose]);
  useScrollAnchor(scroller, rows, rowKey, rowHeight);

  const windowRows = rowWindow.getVirtualItems();
  const last = windowRows.at(-1)?.index ?? 0;
  const { onEndReached } = props;
  useEffect(() => {
    if (onEndReached && rows.length > 0 && last >= rows.length - OVERSCAN_ROWS) onEndReached();
  }, [last, rows.length, onEndReached]);

  // few columns are cheaper to render whole, and a growing one needs the real width
  const whole = loose.length <= 24;
  const windowColumns = whole ? [] : columnWindow.getVirtualItems();
  const shown = whole ? loose : windowColumns.flatMap(({ index }) => loose[index] ?? []);
  const before = whole ? 0 : (windowColumns[0]?.start ?? pinnedWidth) - pinnedWidth;
  const after = whole ? 0 : Math.max(0, looseWidth - before - shown.reduce((sum, column) => sum + column.width, 0));

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = rows.findIndex((row) => rowKey(row) === activeKey);
    const row = rows[at];
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2);
    const to = {
      ArrowDown: at + 1,
      j: at + 1,
      ArrowUp: at - 1,
      k: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: rows.length - 1,
    }[event.key];
    if (to !== undefined) {
      const index = Math.max(0, Math.min(rows.length - 1, to));
      const next = rows[index];
      if (next) props.onActive?.(next);
      rowWindow.scrollToIndex(index, { align: "auto" });
    } else if (row && event.key === "Enter") props.onOpen?.(row);
    else if (row && (event.key === "x" || event.key === " ")) props.onToggle?.(row);
    else return;
    event.preventDefault();
  };

  let left = 0;
  const lefts = pinned.map((column) => {
    const at = left;
    left += column.width;
    return at;
  });

  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col bg-panel">
      {/* biome-ignore lint/a11y/useSemanticElements: a virtualised grid cannot be a table element */}
      <div
        ref={scroller}
        role="grid"
        aria-label={label}
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onMouseLeave={() => props.onHover?.(null)}
        className="tnum relative min-h-0 flex-1 overflow-auto outline-none focus-visible:shadow-[inset_0_0_0_1px_var(--accent-line)]"
        style={{ overflowAnchor: "none" }}
      >
        <div style={{ minWidth: pinnedWidth + looseWidth }} className="relative">
          {/* biome-ignore lint/a11y/useSemanticElements: see above */}
          {/* biome-ignore lint/a11y/useFocusableInteractive: the grid holds the focus */}
          <div
            role="row"
            aria-rowindex={1}
            style={{ height: headHeight }}
            className="sticky top-0 z-20 flex border-line border-b bg-panel text-label"
          >
            {pinned.map((column, index) => (
              <HeadCell
                key={column.id}
                column={column}
                left={lefts[index]}
                rule={index === pinned.length - 1}
                sort={props.sort}
                onSort={props.onSort}
              />
            ))}
            {before > 0 && <span style={{ width: before }} className="flex-none" />}
            {shown.map((column) => (
              <HeadCell key={column.id} column={column} sort={props.sort} onSort={props.onSort} />
            ))}
            {after > 0 && <span style={{ width: after }} className="flex-none" />}
          </div>
          <div style={{ height: rowWindow.getTotalSize() }} className="relative">
            {windowRows.map(({ index, start, key }) => {
              const row = rows[index] as Row;
              const name = String(key);
              const active = name === activeKey;
              const lit = name === props.hoveredKey;
              const surface = active ? "row-active" : lit ? "bg-hover" : (props.rowClassName?.(row) ?? "bg-panel");
              return (
                // biome-ignore lint/a11y/useSemanticElements: see above
                // biome-ignore lint/a11y/useKeyWithClickEvents: the grid answers the keys
                // biome-ignore lint/a11y/useFocusableInteractive: the grid holds the focus
                <div
                  key={key}
                  role="row"
                  aria-rowindex={index + 2}
                  aria-selected={active}
                  data-testid={rowTestId}
                  data-row-key={name}
                  onClick={() => props.onActive?.(row)}
                  onDoubleClick={() => props.onOpen?.(row)}
                  onMouseEnter={() => props.onHover?.(name)}
                  style={{ height: rowHeight, transform: `translateY(${start - headHeight}px)` }}
                  className={cx(
                    "group/row absolute top-0 left-0 flex w-full whitespace-nowrap border-line-2 border-b",
                    surface,
                  )}
                >
                  {pinned.map((column, at) => (
                    <Cell
                      key={column.id}
                      column={column}
                      row={row}
                      index={index}
                      left={lefts[at]}
                      rule={at === pinned.length - 1 && loose.length > 0}
                    />
                  ))}
                  {before > 0 && <span style={{ width: before }} className="flex-none" />}
                  {shown.map((column) => (
                    <Cell key={column.id} column={column} row={row} index={index} />
                  ))}
                </div>
              );
            })}
          </div>
          {rows.length === 0 && empty}
        </div>
      </div>
      {footer && (
        <footer className="tnum flex h-6 flex-none items-center gap-3.5 overflow-hidden whitespace-nowrap border-line border-t bg-panel px-3 text-fg-2 text-label">
          {footer}
        </footer>
      )}
    </div>
  );
}

const box = <Row,>(column: Column<Row>, left: number | undefined) => ({
  width: column.width,
  ...(column.grow ? { flex: `1 0 ${column.width}px` } : { flex: "none" }),
  ...(left !== undefined ? { left } : {}),
});

type HeadProps<Row> = {
  column: Column<Row>;
  left?: number | undefined;
  rule?: boolean;
  sort?: Sort | null | undefined;
  onSort?: ((columnId: string) => void) | undefined;
};

function HeadCell<Row>({ column, left, rule, sort, onSort }: HeadProps<Row>) {
  const sorted = sort?.id === column.id;
  const Arrow = sort?.desc ? ArrowDown : ArrowUp;
  const right = column.align === "right";
  const content = (
    <span className={cx("flex min-w-0 flex-col justify-center leading-[13px]", right && "items-end")}>
      <span className={cx("max-w-full truncate", sorted ? "text-fg" : "text-fg-2", "font-medium")}>
        {sorted && column.sub === undefined && <Arrow size={10} className="mr-0.5 inline text-accent" aria-hidden />}
        {column.header}
      </span>
      {column.sub !== undefined && (
        <span className="flex max-w-full items-center gap-0.5 truncate text-fg-3">
          {sorted && <Arrow size={10} className="text-accent" aria-hidden />}
          {column.sub}
        </span>
      )}
    </span>
  );
  return (
    // biome-ignore lint/a11y/useSemanticElements: see above
    // biome-ignore lint/a11y/useFocusableInteractive: its button takes the focus
    <div
      role="columnheader"
      aria-sort={sorted ? (sort.desc ? "descending" : "ascending") : undefined}
      data-column={column.id}
      style={box(column, left)}
      className={cx(
        "flex min-w-0 items-center overflow-hidden",
        left !== undefined && "sticky z-10 bg-panel",
        rule && "border-line border-r",
        right && "justify-end",
      )}
    >
      {column.sortable && onSort ? (
        <button
          type="button"
          onClick={() => onSort(column.id)}
          className={cx(
            "flex h-full w-full min-w-0 items-center px-2 text-left hover:bg-hover focus-visible:-outline-offset-1",
            right && "justify-end text-right",
          )}
        >
          {content}
        </button>
      ) : (
        <span className="flex min-w-0 items-center px-2">{content}</span>
      )}
    </div>
  );
}

type CellProps<Row> = { column: Column<Row>; row: Row; index: number; left?: number | undefined; rule?: boolean };

function Cell<Row>({ column, row, index, left, rule }: CellProps<Row>) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: see above
    // biome-ignore lint/a11y/useFocusableInteractive: the grid holds the focus
    <div
      role="gridcell"
      title={column.title?.(row)}
      style={box(column, left)}
      className={cx(
        "flex min-w-0 items-center gap-1.5 overflow-hidden px-2",
        left !== undefined && "sticky z-10 bg-inherit",
        rule && "border-line border-r",
        column.align === "right" && "justify-end text-right",
        column.className,
      )}
    >
      {column.cell(row, index)}
    </div>
  );
}
