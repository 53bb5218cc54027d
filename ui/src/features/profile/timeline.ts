// Drawing one run: bars on lanes, an axis of microseconds above them.
import type { ProfileReport, TimelineCall } from "@/lib/api";
import { formatUs } from "./words";

/** The part of the run that is shown, microseconds from its beginning. */
export type Sight = { from: number; to: number };

/** Threads beneath each other, and in each the bodies of nodes beneath the nodes. */
export function laneOf(call: TimelineCall, depths: readonly number[]): number {
  let lane = call.depth;
  for (let thread = 0; thread < call.thread; thread++) lane += (depths[thread] ?? 0) + 1;
  return lane;
}

export function depthsOf(calls: readonly TimelineCall[]): number[] {
  const depths: number[] = [];
  for (const call of calls) depths[call.thread] = Math.max(depths[call.thread] ?? 0, call.depth);
  return depths;
}

export const laneCount = (calls: readonly TimelineCall[]): number =>
  Math.max(
    1,
    depthsOf(calls).reduce((sum, depth) => sum + depth + 1, 0),
  );

/** The call under a place; a call too short to be hit counts as `least` long. */
export function callAt(calls: readonly TimelineCall[], us: number, lane: number, least: number): TimelineCall | null {
  const depths = depthsOf(calls);
  const hit = (call: TimelineCall) =>
    laneOf(call, depths) === lane && us >= call.startUs && us <= call.startUs + Math.max(call.durationUs, least);
  return calls.find(hit) ?? null;
}

/** Sight with the place `at` (0 to 1) held still, moved by `step`, within the whole. */
export function zoomedSight(sight: Sight, factor: number, at: number, whole: Sight, step = 0): Sight {
  const most = whole.to - whole.from;
  const span = Math.min(most, Math.max(5, (sight.to - sight.from) * factor));
  const held = sight.from + at * (sight.to - sight.from);
  const from = Math.min(whole.to - span, Math.max(whole.from, held - at * span + step));
  return { from, to: from + span };
}

/** Round numbers, about `count` of them. */
export function ticks(sight: Sight, count: number): number[] {
  const rough = (sight.to - sight.from) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((each) => each * power >= rough) ?? 10) * power;
  const found: number[] = [];
  for (let at = Math.ceil(sight.from / step) * step; at <= sight.to; at += step) found.push(at);
  return found;
}

export type TimelineInks = {
  text: string;
  text3: string;
  line: string;
  accent: string;
  ops: string[];
  app: string;
  ui: string;
};

export function readTimelineInks(): TimelineInks {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(name).trim() || "#888";
  return {
    text: token("--text"),
    text3: token("--text-3"),
    line: token("--line-2"),
    accent: token("--accent"),
    app: token("--app"),
    ops: [1, 2, 3, 4, 5, 7, 8].map((run) => token(`--run-${run}`)),
    ui: token("--ui"),
  };
}

type Frame = {
  sight: Sight;
  width: number;
  height: number;
  lane: number;
  axis: number;
  hovered: number | null;
  inks: TimelineInks;
};

export function paintTimeline(ctx: CanvasRenderingContext2D, report: ProfileReport, frame: Frame): void {
  const { sight, width, height, lane, axis, hovered, inks } = frame;
  const scale = width / (sight.to - sight.from);
  ctx.clearRect(0, 0, width, height);
  ctx.font = `10px ${inks.ui}`;
  ctx.textBaseline = "middle";
  for (const at of ticks(sight, width / 110)) {
    const x = Math.round((at - sight.from) * scale) + 0.5;
    ctx.fillStyle = inks.line;
    ctx.fillRect(x, 0, 1, height);
    ctx.fillStyle = inks.text3;
    if (x < width - 48) ctx.fillText(formatUs(at), x + 5, axis / 2);
  }
  // Operators keep their colour from the longest down; the rest share the last.
  const ink = new Map(report.ops.map((op, at) => [op.op, inks.ops[Math.min(at, inks.ops.length - 1)] ?? inks.text3]));
  const depths = depthsOf(report.timeline);
  for (const call of report.timeline) {
    const node = report.nodes[call.node];
    if (!node || call.startUs > sight.to || call.startUs + call.durationUs < sight.from) continue;
    const left = Math.max(0, (call.startUs - sight.from) * scale);
    const right = Math.min(width, (call.startUs + call.durationUs - sight.from) * scale);
    const wide = Math.max(1, right - left - 0.5);
    const top = axis + laneOf(call, depths) * lane + 2;
    ctx.fillStyle = ink.get(node.op) ?? inks.text3;
    ctx.globalAlpha = hovered === null || hovered === call.node ? 0.9 : 0.35;
    ctx.fillRect(left, top, wide, lane - 4);
    ctx.globalAlpha = 1;
    if (hovered === call.node) {
      ctx.strokeStyle = inks.accent;
      ctx.lineWidth = 1.5;
      ctx.strokeRect(left + 0.5, top + 0.5, Math.max(1, wide - 1), lane - 5);
    }
    if (wide > 26) named(ctx, node.op, left + 5, top + (lane - 4) / 2, wide - 10, inks);
  }
}

function named(
  ctx: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  room: number,
  inks: TimelineInks,
): void {
  const width = ctx.measureText(text).width;
  const fits = width <= room ? text : text.slice(0, Math.max(0, Math.floor((text.length * room) / width) - 1));
  if (!fits) return;
  ctx.fillStyle = inks.app;
  ctx.fillText(fits.length < text.length ? `${fits}\u2026` : fits, x, y);
}
