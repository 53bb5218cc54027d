import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { TableColumn } from "@/lib/api";
import { artifactTableQuery } from "@/lib/artifacts";
import { formatBytes, formatInteger, plural } from "@/lib/format";
import { Button } from "../Button";
import { DataTable } from "../DataTable";
import type { Column } from "../tableColumns";
import { Unread } from "./Unread";
import type { ViewerProps } from "./viewer";

type Row = { number: number; cells: readonly (string | null)[] };
const rowKey = (row: Row) => String(row.number);

/** Width from the name and the first cells; nobody measures a million. */
function widthOf(column: TableColumn, at: number, rows: readonly Row[]): number {
  const longest = rows.slice(0, 50).reduce((most, row) => Math.max(most, row.cells[at]?.length ?? 0), 0);
  const chars = Math.max(column.name.length, Math.min(longest, 42), column.kind.length);
  return Math.min(340, Math.max(64, chars * 7.4 + 28));
}

function tableColumns(columns: readonly TableColumn[], rows: readonly Row[]): Column<Row>[] {
  return [
    {
      id: "#",
      header: "",
      sub: "row",
      width: 64,
      pinned: true,
      align: "right",
      className: "text-fg-3",
      cell: (row) => formatInteger(row.number),
    },
    ...columns.map(
      (column, at): Column<Row> => ({
        id: `${at}`,
        header: column.name,
        sub: column.kind,
        width: widthOf(column, at, rows),
        align: column.numeric ? "right" : "left",
        title: (row) => row.cells[at] ?? "no value",
        cell: (row) => {
          const cell = row.cells[at] ?? null;
          if (cell === null) return <span className="text-fg-3">null</span>;
          if (cell === "") return <span className="text-fg-3">—</span>;
          return <span className="selectable truncate">{cell}</span>;
        },
      }),
    ),
  ];
}

/** CSV and Parquet: read a page at a time by the shell, as far as one scrolls. */
export function TableView({ file, about }: ViewerProps) {
  const table = useInfiniteQuery(artifactTableQuery(file, about));
  const [active, setActive] = useState<string | null>(null);
  const pages = table.data?.pages;
  const first = pages?.[0];
  const rows = useMemo<Row[]>(
    () =>
      (pages ?? []).flatMap((page) => page.rows.map((cells, index) => ({ number: page.firstRow + index + 1, cells }))),
    [pages],
  );
  const names = first?.columns;
  // Columns come from the first page, so that they keep their widths and their identity while one scrolls.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the first rows decide
  const columns = useMemo(() => (names ? tableColumns(names, rows) : []), [names]);
  if (!first) return <Unread what="table" query={table} />;
  const stopped = table.isFetchNextPageError;
  const next = () => void table.fetchNextPage();
  const last = pages.at(-1);
  const total = last?.rowCount ?? null;
  const shown = first.columns.length;
  return (
    <DataTable
      label={file.path}
      rows={rows}
      columns={columns}
      rowKey={rowKey}
      rowTestId="table-row"
      activeKey={active}
      onActive={(row) => setActive(rowKey(row))}
      // A page that failed is asked for again by a click: the end of the table is reached at every render.
      onEndReached={table.hasNextPage && !table.isFetchingNextPage && !stopped ? next : undefined}
      empty={<p className="p-3 text-fg-3">The table has columns and no rows.</p>}
      footer={
        <>
          <b className="font-semibold text-fg" data-testid="table-rows">
            {total !== null && total === rows.length
              ? plural(total, "row")
              : `${formatInteger(rows.length)} of ${total === null ? "more" : formatInteger(total)} rows read`}
          </b>
          <span>
            {first.columnCount > shown
              ? `${formatInteger(shown)} of ${formatInteger(first.columnCount)} columns`
              : plural(shown, "column")}
          </span>
          {total === null && last && (
            <span>
              {formatBytes(last.toByte)} of {formatBytes(last.sizeBytes)}
            </span>
          )}
          {stopped && (
            <span className="flex min-w-0 items-center gap-2 text-bad" title={table.error?.message}>
              <span className="truncate">the next rows could not be read: {table.error?.message}</span>
              <Button className="h-5!" onClick={next} data-testid="table-retry">
                Try again
              </Button>
            </span>
          )}
          <span className="ml-auto truncate text-fg-3">{first.facts.join(" · ")}</span>
        </>
      }
    />
  );
}
