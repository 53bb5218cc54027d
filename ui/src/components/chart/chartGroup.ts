// Charts that move together: one crosshair, one x range, one hovered line.
import { type Signal, signal } from "@/lib/signal";

export type Points = { x: readonly number[]; y: readonly (number | null)[] };
/** What one chart shows, by series id: the cursor table reads values from here. */
export type ChartTable = { title: string; points: ReadonlyMap<string, Points> };

export type ChartGroup = {
  id: string;
  /** x under the crosshair, snapped to a point; null when the pointer is elsewhere. */
  cursor: Signal<number | null>;
  /** The zoomed x range; null shows everything. */
  range: Signal<readonly [number, number] | null>;
  /** The series id lit in every chart and table. */
  hovered: Signal<string | null>;
  tables: Signal<ReadonlyMap<string, ChartTable>>;
};

let groups = 0;

export function createChartGroup(hovered: Signal<string | null> = signal<string | null>(null)): ChartGroup {
  groups += 1;
  return {
    id: `charts-${groups}`,
    cursor: signal<number | null>(null),
    range: signal<readonly [number, number] | null>(null),
    hovered,
    tables: signal<ReadonlyMap<string, ChartTable>>(new Map()),
  };
}

export function publishTable(group: ChartGroup, key: string, table: ChartTable | null): void {
  const next = new Map(group.tables.get());
  if (table) next.set(key, table);
  else next.delete(key);
  group.tables.set(next);
}

/** The value at x: the last point at or before it; null before the first point and after the last. */
export function valueAt({ x, y }: Points, at: number): number | null {
  const first = x[0];
  const last = x.at(-1);
  if (first === undefined || last === undefined || at < first || at > last) return null;
  let low = 0;
  let high = x.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((x[middle] as number) <= at) low = middle;
    else high = middle - 1;
  }
  return y[low] ?? null;
}
