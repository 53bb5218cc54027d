import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { DataTable } from "@/components/DataTable";
import { ErrorLine } from "@/components/ErrorLine";
import type { Column } from "@/components/tableColumns";
import type { OutputView } from "@/lib/api";
import { formatInteger } from "@/lib/format";
import { cellText } from "./cells";
import { COLUMNS_MAX, outputQuery } from "./queries";

type Row = { row: number; cells: string[] };

/** The values, a page at a time as they are scrolled to. */
export function OutputTable({ runId, output }: { runId: string; output: OutputView }) {
  const pages = useInfiniteQuery(outputQuery(runId, output.name, output.rows));
  const rows = useMemo<Row[]>(
    () =>
      (pages.data?.pages ?? []).flatMap((page) =>
        page.rows.map((cells, index) => ({ row: page.firstRow + index, cells })),
      ),
    [pages.data],
  );
  const columns = useMemo(() => columnsOf(output), [output]);
  if (pages.isError)
    return (
      <div className="p-3">
        <ErrorLine title="The values cannot be read" error={pages.error} />
      </div>
    );
  return (
    <DataTable<Row>
      label={`Values of ${output.name}`}
      rows={rows}
      columns={columns}
      rowKey={(row) => String(row.row)}
      rowTestId="run-output-row"
      onEndReached={pages.hasNextPage && !pages.isFetchingNextPage ? () => void pages.fetchNextPage() : undefined}
      footer={readText(rows.length, output)}
    />
  );
}

/** How much of the output is here: nothing is left out in silence. */
function readText(read: number, output: OutputView): string {
  const all = formatInteger(output.rows);
  const rows = read < output.rows ? `${formatInteger(read)} of ${all} rows read; scroll for more` : `${all} rows`;
  return output.width > COLUMNS_MAX
    ? `${rows}, ${COLUMNS_MAX} of ${formatInteger(output.width)} columns; save the outputs for all`
    : rows;
}

function columnsOf(output: OutputView): Column<Row>[] {
  const shown = Math.min(output.width, COLUMNS_MAX);
  const name = (index: number) => output.columns[index] ?? (output.width === 1 ? output.name : `[${index}]`);
  return [
    {
      id: "row",
      header: "Row",
      width: 72,
      align: "right",
      pinned: true,
      className: "text-fg-3",
      cell: (row) => formatInteger(row.row + 1),
    },
    ...Array.from({ length: shown }, (_, index) => ({
      id: String(index),
      header: <span className="mono">{name(index)}</span>,
      width: output.isText ? 160 : 112,
      align: output.isText ? ("left" as const) : ("right" as const),
      cell: (row: Row) => cellText(row.cells[index], output.isText),
      title: (row: Row) => row.cells[index],
    })),
  ];
}
