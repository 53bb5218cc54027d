// The boxes of a graph: near with their words, from afar as colours, and the frames of opened blocks.
import { shareText } from "./boxShares";
import { type Brush, READABLE } from "./brush";
import { categoryOf, kindOf, type Scene } from "./scene";

const rectOf = (scene: Scene, box: number) =>
  [
    scene.places[4 * box] as number,
    scene.places[4 * box + 1] as number,
    scene.places[4 * box + 2] as number,
    scene.places[4 * box + 3] as number,
  ] as const;

export function paintFar(brush: Brush, box: number): void {
  const { ctx, scene, camera, inks, marks } = brush;
  const [x, y, width, height] = rectOf(scene, box);
  const kind = kindOf(scene, box);
  const ink = kind === "node" || kind === "card" ? inks.categories[categoryOf(scene, box)] : inks.outline;
  const heat = heatOf(brush, box);
  ctx.fillStyle = box === marks.selected ? inks.accent : marks.heat ? inks.heat : (ink ?? inks.outline);
  ctx.globalAlpha = kind === "pill" ? 0.4 : marks.heat ? 0.12 + 0.88 * heat : 0.85;
  ctx.fillRect(x, y, width, height);
  ctx.globalAlpha = 1;
  if (box === marks.selected || marks.found.has(box))
    outlined(ctx, [x, y, width, height], 4, inks.accent, 2 / camera.zoom);
}

export function paintFrame(brush: Brush, box: number): void {
  const { ctx, scene, camera, inks, marks } = brush;
  const [x, y, width, height] = rectOf(scene, box);
  ctx.fillStyle = inks.panel;
  ctx.beginPath();
  ctx.roundRect(x, y, width, height, 8);
  ctx.fill();
  outlined(ctx, [x, y, width, height], 8, inks.line, 1);
  if (camera.zoom < READABLE / 2) return;
  ctx.textBaseline = "middle";
  ctx.font = `600 12px ${inks.ui}`;
  ctx.fillStyle = inks.text;
  ctx.fillText(scene.title(box), x + 14, y + 18);
  ctx.font = `11px ${inks.ui}`;
  ctx.fillStyle = box === marks.hovered ? inks.accent : inks.text3;
  const sub = `${scene.sub(box)}, fold`;
  ctx.fillText(sub, x + width - 14 - ctx.measureText(sub).width, y + 18);
}

export function paintBox(brush: Brush, box: number): void {
  const { ctx, scene, camera, inks, marks } = brush;
  const [x, y, width, height] = rectOf(scene, box);
  const kind = kindOf(scene, box);
  const round = kind === "node" || kind === "card" ? 5 : height / 2;
  if (kind === "card") {
    for (const behind of [6, 3]) {
      ctx.fillStyle = inks.raised;
      ctx.beginPath();
      ctx.roundRect(x + behind, y + behind, width, height, round);
      ctx.fill();
      outlined(ctx, [x + behind, y + behind, width, height], round, inks.line, 1);
    }
  }
  ctx.fillStyle = box === marks.hovered ? inks.hover : kind === "pill" ? inks.app : inks.raised;
  ctx.beginPath();
  ctx.roundRect(x, y, width, height, round);
  ctx.fill();
  if (kind === "pill") ctx.setLineDash([3, 3]);
  const selected = box === marks.selected;
  if (selected) {
    ctx.fillStyle = inks.accentWeak;
    ctx.fill();
  }
  paintHeat(brush, box);
  const marked = selected || marks.found.has(box);
  const edge = kind === "input" || kind === "output" ? inks.outline : inks.line;
  const thickness = selected ? Math.max(2, 1.5 / camera.zoom) : 1;
  outlined(ctx, [x, y, width, height], round, marked ? inks.accent : edge, thickness);
  ctx.setLineDash([]);
  if (kind === "node") {
    ctx.fillStyle = inks.categories[categoryOf(scene, box)] ?? inks.outline;
    ctx.beginPath();
    ctx.roundRect(x, y, 4, height, [round, 0, 0, round]);
    ctx.fill();
  }
  paintWords(brush, box);
}

/** From 0 to 1: the hottest box is 1. */
function heatOf({ marks: { heat } }: Brush, box: number): number {
  const share = heat?.shares[box] ?? Number.NaN;
  return !heat || Number.isNaN(share) || heat.most === 0 ? 0 : Math.min(1, share / heat.most);
}

/** A wash over the box, and a strip at its foot that is as long as its part. */
function paintHeat(brush: Brush, box: number): void {
  const { ctx, scene, inks } = brush;
  const heat = heatOf(brush, box);
  if (heat === 0) return;
  const [x, y, width, height] = rectOf(scene, box);
  ctx.fillStyle = inks.heat;
  ctx.globalAlpha = 0.22 * heat;
  ctx.beginPath();
  ctx.roundRect(x, y, width, height, 5);
  ctx.fill();
  ctx.globalAlpha = 1;
  ctx.fillRect(x + 12, y + height - 3, Math.max(1, (width - 22) * heat), 2);
}

function paintWords(brush: Brush, box: number): void {
  const { ctx, scene, inks, marks } = brush;
  const [x, y, width, height] = rectOf(scene, box);
  const kind = kindOf(scene, box);
  const inset = kind === "node" || kind === "card" ? 12 : 16;
  const room = width - inset - 10;
  ctx.textBaseline = "middle";
  if (kind === "pill") {
    ctx.font = `10px ${inks.mono}`;
    ctx.fillStyle = inks.text2;
    ctx.fillText(clipped(ctx, `${scene.title(box)} \u2192 ${scene.sub(box)}`, room), x + 14, y + height / 2);
    return;
  }
  const sub = scene.sub(box);
  const share = shareText(marks.heat?.shares[box] ?? Number.NaN);
  ctx.font = `11px ${inks.ui}`;
  const taken = share === "" ? 0 : ctx.measureText(share).width + 8;
  ctx.fillStyle = inks.text2;
  if (share) ctx.fillText(share, x + width - taken - 2, y + height / 2 - (sub ? 8 : 0));
  ctx.font = `600 12px ${inks.ui}`;
  ctx.fillStyle = inks.text;
  ctx.fillText(clipped(ctx, scene.title(box), room - taken), x + inset, y + height / 2 - (sub ? 8 : 0));
  if (!sub) return;
  ctx.font = kind === "card" ? `11px ${inks.ui}` : `10px ${inks.mono}`;
  ctx.fillStyle = inks.text3;
  ctx.fillText(clipped(ctx, sub, room, kind === "node"), x + inset, y + height / 2 + 9);
}

/** A text that fits; of a path its end, which tells it from its neighbours. */
function clipped(ctx: CanvasRenderingContext2D, text: string, room: number, keepEnd = false): string {
  const width = ctx.measureText(text).width;
  if (width <= room) return text;
  const fits = Math.max(1, Math.floor((text.length * room) / width) - 1);
  return keepEnd ? `\u2026${text.slice(-fits)}` : `${text.slice(0, fits)}\u2026`;
}

function outlined(
  ctx: CanvasRenderingContext2D,
  [x, y, width, height]: readonly [number, number, number, number],
  round: number,
  ink: string,
  thickness: number,
): void {
  ctx.strokeStyle = ink;
  ctx.lineWidth = thickness;
  ctx.beginPath();
  ctx.roundRect(x, y, width, height, round);
  ctx.stroke();
}
