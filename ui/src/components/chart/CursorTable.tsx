import { useMemo } from "react";
import { cx } from "@/lib/cx";
import { formatNumber } from "@/lib/format";
import { useSignal } from "@/lib/signal";
import { type ChartGroup, valueAt } from "./chartGroup";

export type CursorRow = { id: string; name: string; color: string; note?: string };

type Props = {
  group: ChartGroup;
  /** Chart keys, in the order of their columns. */
  keys: readonly string[];
  rows: readonly CursorRow[];
  /** "step 78,600" under the crosshair. */
  describeX: (x: number) => string;
  /** The latest logged value of a row, shown without a crosshair. */
  latest: (id: string, key: string) => { text: string; title: string };
  /** What the lines were put through: "EMA 0.60". */
  note?: string;
};

/** The values under the shared crosshair, once for all charts; without a crosshair, the latest logged ones. */
export function CursorTable({ group, keys, rows, describeX, latest, note }: Props) {
  const at = useSignal(group.cursor);
  const hovered = useSignal(group.hovered);
  const tables = useSignal(group.tables);
  const columns = useMemo(
    () => keys.flatMap((key) => ({ key, table: tables.get(key) })).filter(({ table }) => table !== undefined),
    [keys, tables],
  );
  const grid = { gridTemplateColumns: `minmax(150px, 1fr) repeat(${columns.length}, minmax(76px, auto))` };
  return (
    <div
      data-testid="cursor-table"
      className="tnum max-h-[190px] flex-none overflow-auto border-line border-t bg-panel pb-1 text-label"
    >
      <div className="grid w-fit min-w-full" style={grid}>
        <span className="sticky top-0 left-0 z-20 flex h-5.5 items-center bg-panel pl-3 text-fg-3">
          {at === null ? "Latest values" : `Values at ${describeX(at)}${note ? `, ${note}` : ""}`}
        </span>
        {columns.map(({ key }) => (
          <span
            key={key}
            title={key}
            className="sticky top-0 z-10 flex h-5.5 max-w-40 items-center justify-end bg-panel pr-3 pl-2 text-fg-3"
          >
            <span className="truncate">{key}</span>
          </span>
        ))}
        {rows.map((row) => {
          const lit = row.id === hovered;
          const tone = lit ? "bg-hover text-fg font-semibold" : "bg-panel text-fg-2";
          return (
            <div key={row.id} className="contents" onMouseEnter={() => group.hovered.set(row.id)} role="none">
              <span className={cx("sticky left-0 z-10 flex h-4.5 min-w-0 items-center gap-2 pl-3", tone)}>
                <i
                  aria-hidden
                  className={cx("w-2.5 flex-none rounded-[1px]", lit ? "h-1" : "h-0.5")}
                  style={{ background: row.color }}
                />
                <span className="truncate">{row.name}</span>
                {row.note && <em className="flex-none font-normal text-fg-3 not-italic">{row.note}</em>}
              </span>
              {columns.map(({ key, table }) => {
                const points = table?.points.get(row.id);
                const value = points && at !== null ? valueAt(points, at) : null;
                const { text, title } =
                  at === null
                    ? latest(row.id, key)
                    : { text: formatNumber(value), title: String(value ?? "no value here") };
                return (
                  <span key={key} className={cx("flex h-4.5 items-center justify-end pr-3 pl-2", tone)} title={title}>
                    {text}
                  </span>
                );
              })}
            </div>
          );
        })}
      </div>
    </div>
  );
}
