import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useRef } from "react";

type Props<Row> = {
  rows: readonly Row[];
  label: string;
  columns: string;
  head: ReactNode;
  rowKey: (row: Row, index: number) => string;
  children: (row: Row) => ReactNode;
  empty: ReactNode;
};

const ROW = 24;

/** A long list of fixed rows: only those in sight are in the document. */
export function VirtualRows<Row>({ rows, label, columns, head, rowKey, children, empty }: Props<Row>) {
  const frame = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const grid = { gridTemplateColumns: columns };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtual list cannot be a table element
    <div role="table" aria-label={label} aria-rowcount={rows.length} className="flex min-h-0 flex-1 flex-col">
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: a head row takes no focus */}
      <div
        role="row"
        style={grid}
        className="grid h-6 flex-none items-center gap-x-3 border-line border-b px-4 text-fg-3 text-label"
      >
        {head}
      </div>
      {rows.length === 0 ? (
        <p className="px-4 py-2 text-fg-2">{empty}</p>
      ) : (
        <div ref={frame} className="min-h-0 flex-1 overflow-y-auto">
          <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
            {virtual.getVirtualItems().map((item) => {
              const row = rows[item.index];
              if (row === undefined) return null;
              return (
                // biome-ignore lint/a11y/useSemanticElements: see above
                // biome-ignore lint/a11y/useFocusableInteractive: rows are read, not operated
                <div
                  key={rowKey(row, item.index)}
                  role="row"
                  style={{ ...grid, height: ROW, transform: `translateY(${item.start}px)` }}
                  className="tnum absolute inset-x-0 top-0 grid items-center gap-x-3 whitespace-nowrap border-line-2 border-b px-4 hover:bg-hover"
                >
                  {children(row)}
                </div>
              );
            })}
          </div>
        </div>
      )}
    </div>
  );
}
