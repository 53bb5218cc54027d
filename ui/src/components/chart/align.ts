import type { Points } from "./chartGroup";

export type Aligned = [x: number[], ...ys: (number | null | undefined)[][]];

/** Puts series with their own x on one x axis: undefined where a series has no point (the line goes on), null for a gap. */
export function align(series: readonly Points[]): Aligned {
  const [first] = series;
  const shared = first && series.every((each) => sameAxis(each.x, first.x));
  if (shared) return [[...first.x], ...series.map((each) => [...each.y])];
  const axis = new Set<number>();
  for (const { x } of series) for (const at of x) axis.add(at);
  const xs = [...axis].sort((a, b) => a - b);
  const index = new Map(xs.map((at, position) => [at, position]));
  return [
    xs,
    ...series.map(({ x, y }) => {
      const column: (number | null | undefined)[] = new Array(xs.length).fill(undefined);
      x.forEach((at, position) => {
        column[index.get(at) as number] = y[position];
      });
      return column;
    }),
  ];
}

function sameAxis(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((at, index) => at === b[index]));
}
