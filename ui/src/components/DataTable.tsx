import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef } from "react";
import { ContextMenu } from "./ContextMenu";
import type { MenuEntry } from "./MenuItems";
import { useScrollAnchor } from "./scrollAnchor";
import { BodyRow, HeadRow, type RowEvents } from "./tableCells";
import type { Column, ColumnWindow, Sort } from "./tableColumns";
import { isMenuKey, isOwnKey, openMenuAt, rowAfterKey } from "./tableKeys";

type Props<Row> = {
  /** The accessible name. */
  label: string;
  rows: readonly Row[];
  /** Keep the array while nothing changes: rows render again when it is another one. */
  columns: readonly Column<Row>[];
  rowKey: (row: Row) => string;
  rowHeight?: 24 | 28 | 32;
  /** The row under the keyboard, tinted with the accent. */
  activeKey?: string | null;
  /** A row lit from elsewhere: its chart line is hovered. */
  hoveredKey?: string | null;
  /** Click, arrows, J/K, Home, End. */
  onActive?: (row: Row) => void;
  /** Double click, Enter or Space. */
  onOpen?: (row: Row) => void;
  /** Any other key on the active row; true when it was used. */
  onKey?: (key: string, row: Row) => boolean;
  onHover?: (key: string | null) => void;
  /** Commands for a row and the column under the pointer, on right click. */
  rowMenu?: (row: Row, columnId: string) => readonly MenuEntry[];
  sort?: Sort | null;
  onSort?: (columnId: string) => void;
  /** data-testid of each row; rows also carry data-row-key. */
  rowTestId?: string;
  rowClassName?: (row: Row) => string | undefined;
  empty?: ReactNode;
  footer?: ReactNode;
  /** The last rows are near: fetch the next page. */
  onEndReached?: (() => void) | undefined;
};

const OVERSCAN_ROWS = 8;
/** Fewer columns than this are cheaper to render whole; only then may one of them grow. */
const FEW_COLUMNS = 24;

function useColumnWindow<Row>(columns: readonly Column<Row>[], scroller: React.RefObject<HTMLDivElement | null>) {
  const pinned = useMemo(() => columns.filter((column) => column.pinned), [columns]);
  const loose = useMemo(() => columns.filter((column) => !column.pinned), [columns]);
  const pinnedWidth = pinned.reduce((sum, column) => sum + column.width, 0);
  const looseWidth = loose.reduce((sum, column) => sum + column.width, 0);
  const whole = loose.length <= FEW_COLUMNS;
  const virtual = useVirtualizer({
    horizontal: true,
    enabled: !whole,
    count: loose.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => loose[index]?.width ?? 80,
    overscan: 3,
    scrollMargin: pinnedWidth,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: widths are measured again when the columns change
  useEffect(() => virtual.measure(), [loose]);
  const items = virtual.getVirtualItems();
  const from = whole ? 0 : (items[0]?.index ?? 0);
  const to = whole ? loose.length : (items.at(-1)?.index ?? -1) + 1;

  const window = useMemo<ColumnWindow<Row>>(() => {
    const width = (part: readonly Column<Row>[]) => part.reduce((sum, column) => sum + column.width, 0);
    return {
      pinned,
      lefts: pinned.map((_, index) => width(pinned.slice(0, index))),
      shown: loose.slice(from, to),
      before: width(loose.slice(0, from)),
      after: width(loose.slice(to)),
      more: loose.length > 0,
    };
  }, [pinned, loose, from, to]);
  return { window, width: pinnedWidth + looseWidth };
}

/** Rows and columns virtualised; sorting and filtering happen behind the wire. Its scroll position never moves by itself. */
export function DataTable<Row>(props: Props<Row>) {
  const { label, rows, columns, rowKey, rowHeight = 24, activeKey = null, empty, footer, onEndReached } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const { window, width } = useColumnWindow(columns, scroller);
  const headHeight = columns.some((column) => column.sub !== undefined) ? 34 : 24;
  const rowWindow = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN_ROWS,
    scrollMargin: headHeight,
    scrollPaddingStart: headHeight,
    getItemKey: (index) => rowKey(rows[index] as Row),
  });
  useScrollAnchor(scroller, rows, rowKey, rowHeight);

  const windowRows = rowWindow.getVirtualItems();
  const last = windowRows.at(-1)?.index ?? 0;
  useEffect(() => {
    if (onEndReached && rows.length > 0 && last >= rows.length - OVERSCAN_ROWS) onEndReached();
  }, [last, rows.length, onEndReached]);

  const latest = useRef(props);
  latest.current = props;
  const events = useMemo<RowEvents<Row>>(
    () => ({
      active: (row) => latest.current.onActive?.(row),
      open: (row) => latest.current.onOpen?.(row),
      hover: (key) => latest.current.onHover?.(key),
    }),
    [],
  );

  const onKeyDown = (event: KeyboardEvent) => {
    if (!isOwnKey(event)) return;
    const at = rows.findIndex((row) => rowKey(row) === activeKey);
    const row = rows[at];
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2);
    const to = rowAfterKey(event.key, at, rows.length, page);
    if (to !== undefined) {
      props.onActive?.(rows[to] as Row);
      rowWindow.scrollToIndex(to, { align: "auto" });
    } else if (row && (event.key === "Enter" || event.key === " ")) props.onOpen?.(row);
    else if (row && props.rowMenu && isMenuKey(event)) openMenuAt(scroller.current, rowKey(row));
    else if (!row || !props.onKey?.(event.key, row)) return;
    event.preventDefault();
  };

  const menuAt = (target: Element): readonly MenuEntry[] | null => {
    const key = target.closest("[data-row-key]")?.getAttribute("data-row-key");
    const columnId = target.closest("[data-column]")?.getAttribute("data-column");
    const row = rows.find((each) => rowKey(each) === key);
    return row && columnId && props.rowMenu ? props.rowMenu(row, columnId) : null;
  };

  const body = (
    <div style={{ height: rowWindow.getTotalSize() }} className="relative">
      {windowRows.map(({ index, start, key }) => {
        const row = rows[index];
        if (row === undefined) return null;
        const name = String(key);
        return (
          <BodyRow
            key={key}
            row={row}
            name={name}
            index={index}
            top={start - headHeight}
            height={rowHeight}
            active={name === activeKey}
            surface={name === props.hoveredKey ? "bg-hover" : (props.rowClassName?.(row) ?? "bg-panel")}
            testId={props.rowTestId}
            columns={window}
            events={events}
          />
        );
      })}
    </div>
  );

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
        <div style={{ minWidth: width }} className="relative">
          <HeadRow columns={window} height={headHeight} sort={props.sort} onSort={props.onSort} />
          {props.rowMenu ? <ContextMenu entriesAt={menuAt}>{body}</ContextMenu> : body}
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
