import type uPlot from "uplot";
import { formatNumber } from "@/lib/format";
import type { Aligned } from "./align";
import type { ChartGroup } from "./chartGroup";

export type LineSeries = {
  /** Series of one id light up together: a raw line and its smoothed one. */
  id: string;
  label: string;
  color: string;
  dash?: readonly number[];
  /** Drawn weakly beneath the others: a raw line under its smoothed one. */
  faint?: boolean;
};

export type ChartLook = {
  series: readonly LineSeries[];
  group: ChartGroup;
  time: boolean;
  logY: boolean;
  formatX: (x: number) => string;
  formatY: (y: number) => string;
};

/** Canvas knows no custom properties: "var(--run-1)" becomes the colour of the theme now on. */
export function resolveColor(color: string): string {
  const name = /^var\((--[\w-]+)\)$/.exec(color)?.[1];
  if (!name) return color;
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || "#888";
}

const FAINT = 0.28;
const OTHERS = 0.35;
const NEAR_PX = 20;

/** 1 px lines; the hovered one 2 px, the others at 35 %. */
export function applyHover(chart: uPlot, series: readonly LineSeries[], hovered: string | null): void {
  const known = hovered !== null && series.some((each) => each.id === hovered);
  series.forEach((each, index) => {
    const line = chart.series[index + 1];
    if (!line) return;
    const base = each.faint ? FAINT : 1;
    line.alpha = known && each.id !== hovered ? base * OTHERS : base;
    line.width = known && each.id === hovered && !each.faint ? 2 : 1;
  });
  chart.redraw(false, false);
}

/** The series whose line passes closest to the pointer, if any is near. */
function nearest(chart: uPlot, series: readonly LineSeries[]): string | null {
  const { idx, top } = chart.cursor;
  if (idx == null || top == null || top < 0) return null;
  let best: string | null = null;
  let distance = NEAR_PX;
  series.forEach((each, index) => {
    if (each.faint) return;
    const value = chart.data[index + 1]?.[idx];
    if (value == null) return;
    const away = Math.abs(chart.valToPos(value, "y") - top);
    if (away < distance) {
      distance = away;
      best = each.id;
    }
  });
  return best;
}

/** Ticks share their digits: 0.00, 0.02, 0.04 and not 0, 0.0200, 0.0400. */
export function byIncrement(increment: number): (value: number) => string {
  let digits = 0;
  // 0.025 needs three digits, 0.02 two
  while (digits < 8 && Math.abs(increment * 10 ** digits - Math.round(increment * 10 ** digits)) > 1e-6) digits += 1;
  return (value) => (value === 0 ? "0" : formatNumber(value, digits));
}

export function chartOptions(look: ChartLook, width: number, height: number): uPlot.Options {
  const { series, group, time, logY, formatX, formatY } = look;
  const text = resolveColor("var(--text-3)");
  const grid = resolveColor("var(--line-2)");
  const font = '11px "Inter Variable", Inter, "DejaVu Sans", sans-serif';
  return {
    width,
    height,
    pxAlign: false,
    padding: [6, 16, 0, 0],
    legend: { show: false },
    scales: { x: { time }, y: logY ? { distr: 3 } : {} },
    cursor: {
      sync: { key: group.id, setSeries: false, scales: ["x", null] },
      y: false,
      drag: { x: true, y: false, setScale: false },
      points: { size: 5, width: 1 },
      bind: {
        dblclick: () => () => {
          group.range.set(null);
          return null;
        },
      },
    },
    axes: [
      {
        stroke: text,
        font,
        size: 22,
        gap: 4,
        space: 60,
        grid: { show: false },
        ticks: { show: false },
        ...(time ? {} : { values: (_: uPlot, splits: number[]) => splits.map(formatX) }),
      },
      {
        stroke: text,
        font,
        gap: 6,
        space: 34,
        size: (chart, values) => {
          const longest = Math.max(0, ...(values ?? []).map((value) => (value ?? "").length));
          return Math.max(38, 14 + longest * (chart ? 6.4 : 6));
        },
        grid: { stroke: grid, width: 1 },
        ticks: { show: false },
        values: (_, splits, __, ___, increment) => {
          const format = logY ? formatY : byIncrement(increment);
          return splits.map((split) => (split === null ? "" : format(split)));
        },
      },
    ],
    series: [
      {},
      ...series.map(
        (each): uPlot.Series => ({
          label: each.label,
          stroke: resolveColor(each.color),
          width: 1,
          alpha: each.faint ? FAINT : 1,
          ...(each.dash?.length ? { dash: [...each.dash] } : {}),
          points: { show: pointsShown },
        }),
      ),
    ],
    hooks: {
      setCursor: [
        (chart) => {
          const { event, idx } = chart.cursor;
          if (!event) return; // moved by another chart of the group
          const x = idx == null ? null : (chart.data[0][idx] ?? null);
          group.cursor.set((chart.cursor.left ?? -1) < 0 ? null : x);
          group.hovered.set(nearest(chart, series));
        },
      ],
      setSelect: [
        (chart) => {
          const { left, width: selected } = chart.select;
          if (selected < 4) return;
          group.range.set([chart.posToVal(left, "x"), chart.posToVal(left + selected, "x")]);
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
}

/** A lone point has no line: show it as a dot. */
function pointsShown(chart: uPlot, index: number): boolean {
  const column = chart.data[index];
  let seen = 0;
  for (const value of column ?? []) if (value != null && ++seen > 1) return false;
  return seen === 1;
}

/** Zooms x around the pointer; the whole group follows. */
export function zoomAt(chart: uPlot, group: ChartGroup, clientX: number, deltaY: number): void {
  const box = chart.over.getBoundingClientRect();
  const { min, max } = chart.scales.x ?? {};
  if (min == null || max == null) return;
  const at = chart.posToVal(clientX - box.left, "x");
  const factor = deltaY > 0 ? 1.25 : 0.8;
  const [from, to] = extent(chart.data as Aligned);
  const next: [number, number] = [Math.max(from, at - (at - min) * factor), Math.min(to, at + (max - at) * factor)];
  if (factor < 1 && !holdsPoints(chart.data[0], next)) return;
  group.range.set(next[0] <= from && next[1] >= to ? null : next);
}

/** Between two points there is nothing nearer to see, only a straight line. */
export function holdsPoints(xs: ArrayLike<number>, [from, to]: readonly [number, number]): boolean {
  let held = 0;
  for (let i = 0; i < xs.length && held < 3; i += 1) {
    const x = xs[i] as number;
    if (x >= from && x <= to) held += 1;
  }
  return held === 3;
}

export function extent(data: Aligned): [number, number] {
  const [x] = data;
  const from = x[0] ?? 0;
  const to = x.at(-1) ?? 1;
  return from === to ? [from - 0.5, to + 0.5] : [from, to];
}
