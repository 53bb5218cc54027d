// The parts of DataTable: head cells, body cells, and a row that renders again only when something of its own changed.
import { ArrowDown, ArrowUp } from "lucide-react";
import { memo } from "react";
import { cx } from "@/lib/cx";
import type { Column, ColumnWindow, Sort } from "./tableColumns";

const box = <Row,>(column: Column<Row>, left: number | undefined) => ({
  width: column.width,
  flex: column.grow ? `1 0 ${column.width}px` : "none",
  ...(left === undefined ? {} : { left }),
});

const Gap = ({ width }: { width: number }) => (width > 0 ? <span style={{ width }} className="flex-none" /> : null);

type HeadProps<Row> = {
  columns: ColumnWindow<Row>;
  height: number;
  sort: Sort | null | undefined;
  onSort: ((columnId: string) => void) | undefined;
};

export function HeadRow<Row>({ columns, height, sort, onSort }: HeadProps<Row>) {
  const { pinned, lefts, shown, before, after, more } = columns;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtualised grid cannot be a table element
    // biome-ignore lint/a11y/useFocusableInteractive: the grid holds the focus
    <div
      role="row"
      aria-rowindex={1}
      style={{ height }}
      className="sticky top-0 z-20 flex border-line border-b bg-panel text-label"
    >
      {pinned.map((column, index) => (
        <HeadCell
          key={column.id}
          column={column}
          left={lefts[index]}
          rule={more && index === pinned.length - 1}
          sort={sort}
          onSort={onSort}
        />
      ))}
      <Gap width={before} />
      {shown.map((column) => (
        <HeadCell key={column.id} column={column} sort={sort} onSort={onSort} />
      ))}
      <Gap width={after} />
    </div>
  );
}

type HeadCellProps<Row> = {
  column: Column<Row>;
  left?: number | undefined;
  rule?: boolean;
  sort: Sort | null | undefined;
  onSort: ((columnId: string) => void) | undefined;
};

function HeadCell<Row>({ column, left, rule, sort, onSort }: HeadCellProps<Row>) {
  const sorted = sort?.id === column.id;
  const Arrow = sort?.desc ? ArrowDown : ArrowUp;
  const right = column.align === "right";
  const content = (
    <span className={cx("flex min-w-0 flex-col justify-center leading-[13px]", right && "items-end")}>
      <span className={cx("max-w-full truncate font-medium", sorted ? "text-fg" : "text-fg-2")}>
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
      title={typeof column.header === "string" ? column.header : undefined}
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

export type RowEvents<Row> = {
  active: (row: Row) => void;
  open: (row: Row) => void;
  hover: (key: string | null) => void;
};

type RowProps<Row> = {
  row: Row;
  name: string;
  index: number;
  top: number;
  height: number;
  active: boolean;
  surface: string;
  testId: string | undefined;
  columns: ColumnWindow<Row>;
  events: RowEvents<Row>;
};

function PlainRow<Row>({ row, name, index, top, height, active, surface, testId, columns, events }: RowProps<Row>) {
  const { pinned, lefts, shown, before, more } = columns;
  return (
    // biome-ignore lint/a11y/useSemanticElements: see above
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid answers the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the grid holds the focus
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={active}
      data-testid={testId}
      data-row-key={name}
      onClick={() => events.active(row)}
      onDoubleClick={() => events.open(row)}
      onMouseEnter={() => events.hover(name)}
      style={{ height, transform: `translateY(${top}px)` }}
      className={cx(
        "group/row absolute top-0 left-0 flex w-full whitespace-nowrap border-line-2 border-b",
        active ? "row-active" : surface,
      )}
    >
      {pinned.map((column, at) => (
        <Cell
          key={column.id}
          column={column}
          row={row}
          index={index}
          left={lefts[at]}
          rule={more && at === pinned.length - 1}
        />
      ))}
      <Gap width={before} />
      {shown.map((column) => (
        <Cell key={column.id} column={column} row={row} index={index} />
      ))}
    </div>
  );
}

export const BodyRow = memo(PlainRow) as typeof PlainRow;

type CellProps<Row> = { column: Column<Row>; row: Row; index: number; left?: number | undefined; rule?: boolean };

function Cell<Row>({ column, row, index, left, rule }: CellProps<Row>) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: see above
    // biome-ignore lint/a11y/useFocusableInteractive: the grid holds the focus
    <div
      role="gridcell"
      data-column={column.id}
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
