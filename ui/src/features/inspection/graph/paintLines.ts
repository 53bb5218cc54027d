// The lines of a graph, their arrows, and the shapes on those of the selected node.
import { ARROWS, type Brush, READABLE, type Sight } from "./brush";
import type { Scene } from "./scene";

export function paintLines(brush: Brush, sight: Sight): void {
  const { ctx, scene, camera, inks, marks } = brush;
  const { reaches, ends } = scene;
  const chosen: number[] = [];
  const arrows: number[] = [];
  ctx.beginPath();
  for (let line = 0, at = 0; line < scene.lineCount; line++, at += 4) {
    if (
      (reaches[at] as number) > sight.right ||
      (reaches[at + 1] as number) > sight.bottom ||
      (reaches[at + 2] as number) < sight.left ||
      (reaches[at + 3] as number) < sight.top
    )
      continue;
    const touches =
      marks.selected !== null && (ends[3 * line] === marks.selected || ends[3 * line + 1] === marks.selected);
    if (touches) chosen.push(line);
    else {
      trace(ctx, scene, line, camera.zoom < ARROWS);
      arrows.push(line);
    }
  }
  ctx.strokeStyle = inks.outline;
  ctx.globalAlpha = camera.zoom < ARROWS ? 0.55 : 0.8;
  ctx.lineWidth = Math.max(1, 0.6 / camera.zoom);
  ctx.stroke();
  if (camera.zoom >= ARROWS) paintArrows(ctx, scene, arrows, inks.outline);
  ctx.globalAlpha = 1;
  ctx.beginPath();
  for (const line of chosen) trace(ctx, scene, line, false);
  ctx.strokeStyle = inks.accent;
  ctx.lineWidth = Math.max(1.5, 1 / camera.zoom);
  ctx.stroke();
  if (camera.zoom >= ARROWS) paintArrows(ctx, scene, chosen, inks.accent);
  if (camera.zoom >= READABLE) paintTypes(brush, chosen);
}

/** From bend to bend; where it moves aside, along a curve that leaves and arrives upright. */
function trace(ctx: CanvasRenderingContext2D, scene: Scene, line: number, straight: boolean): void {
  const { points, starts } = scene;
  const first = starts[line] as number;
  let x = points[2 * first] as number;
  let y = points[2 * first + 1] as number;
  ctx.moveTo(x, y);
  for (let point = first + 1; point < (starts[line + 1] as number); point++) {
    const nextX = points[2 * point] as number;
    const nextY = points[2 * point + 1] as number;
    if (straight || nextX === x) ctx.lineTo(nextX, nextY);
    else {
      const middle = (y + nextY) / 2;
      ctx.bezierCurveTo(x, middle, nextX, middle, nextX, nextY);
    }
    x = nextX;
    y = nextY;
  }
}

function paintArrows(ctx: CanvasRenderingContext2D, scene: Scene, lines: readonly number[], ink: string): void {
  ctx.beginPath();
  for (const line of lines) {
    const last = (scene.starts[line + 1] as number) - 1;
    const x = scene.points[2 * last] as number;
    const y = scene.points[2 * last + 1] as number;
    ctx.moveTo(x - 3.5, y - 6);
    ctx.lineTo(x + 3.5, y - 6);
    ctx.lineTo(x, y);
  }
  ctx.fillStyle = ink;
  ctx.fill();
}

/** The shapes on the lines of the selected node, each tensor once. */
function paintTypes({ ctx, scene, inks, marks }: Brush, lines: readonly number[]): void {
  ctx.font = `10px ${inks.mono}`;
  ctx.textBaseline = "middle";
  const told = new Set<number>();
  for (const line of lines) {
    const tensor = scene.ends[3 * line + 2] as number;
    if (told.has(tensor)) continue;
    told.add(tensor);
    const { name, type: stated } = scene.tensor(tensor);
    const type = marks.types.get(name) ?? stated;
    const shape = type.slice(type.indexOf("["));
    if (type === "" || !shape.startsWith("[")) continue;
    const first = scene.starts[line] as number;
    const x = (scene.points[2 * first] as number) + 6;
    const y = (scene.points[2 * first + 1] as number) + 12;
    ctx.fillStyle = inks.app;
    ctx.fillRect(x - 2, y - 7, ctx.measureText(shape).width + 4, 14);
    ctx.fillStyle = inks.accent;
    ctx.fillText(shape, x, y);
  }
}
