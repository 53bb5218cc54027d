// Drawing on one 2D canvas. Only what is in sight is drawn; from afar without texts, which nobody could read.
import type { Camera, Frame } from "./camera";
import { categoryOf, kindOf, type Scene } from "./scene";

/** By category of operator (crates/onnx/src/graph/category.rs). */
const CATEGORY_TOKENS = [
  "--text-3",
  "--run-1",
  "--run-2",
  "--run-4",
  "--run-3",
  "--run-7",
  "--run-5",
  "--outline",
  "--run-6",
  "--accent",
  "--run-8",
];

export type Inks = {
  app: string;
  panel: string;
  raised: string;
  hover: string;
  text: string;
  text2: string;
  text3: string;
  line: string;
  outline: string;
  accent: string;
  accentWeak: string;
  categories: string[];
  ui: string;
  mono: string;
};

export function readInks(): Inks {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(name).trim() || "#888";
  return {
    app: token("--app"),
    panel: token("--panel"),
    raised: token("--raised"),
    hover: token("--hover"),
    text: token("--text"),
    text2: token("--text-2"),
    text3: token("--text-3"),
    line: token("--line"),
    outline: token("--outline"),
    accent: token("--accent"),
    accentWeak: token("--accent-weak"),
    categories: CATEGORY_TOKENS.map(token),
    ui: token("--ui"),
    mono: token("--mono"),
  };
}

export type Marks = { selected: number | null; hovered: number | null; found: ReadonlySet<number> };

/** Below this zoom boxes are plain colours. */
const READABLE = 0.42;
const ARROWS = 0.3;

export function paint(
  ctx: CanvasRenderingContext2D,
  scene: Scene,
  camera: Camera,
  frame: Frame,
  density: number,
  inks: Inks,
  marks: Marks,
): void {
  ctx.setTransform(density, 0, 0, density, 0, 0);
  ctx.fillStyle = inks.app;
  ctx.fillRect(0, 0, frame.width, frame.height);
  const scale = density * camera.zoom;
  ctx.setTransform(scale, 0, 0, scale, -camera.x * scale, -camera.y * scale);
  const sight = {
    left: camera.x,
    top: camera.y,
    right: camera.x + frame.width / camera.zoom,
    bottom: camera.y + frame.height / camera.zoom,
  };
  const boxes = boxesIn(scene, sight);
  for (const box of boxes)
    if (kindOf(scene, box) === "frame") paintFrame(ctx, scene, box, camera, inks, box === marks.hovered);
  paintLines(ctx, scene, sight, camera, inks, marks);
  for (const box of boxes) {
    if (kindOf(scene, box) === "frame") continue;
    if (camera.zoom < READABLE) paintFar(ctx, scene, box, camera, inks, marks);
    else paintBox(ctx, scene, box, camera, inks, marks);
  }
}

type Sight = { left: number; top: number; right: number; bottom: number };

function boxesIn(scene: Scene, sight: Sight): number[] {
  const found: number[] = [];
  const { places } = scene;
  for (let box = 0, at = 0; box < scene.boxCount; box++, at += 4) {
    const left = places[at] as number;
    const top = places[at + 1] as number;
    if (
      left <= sight.right &&
      top <= sight.bottom &&
      left + (places[at + 2] as number) >= sight.left &&
      top + (places[at + 3] as number) >= sight.top
    )
      found.push(box);
  }
  return found;
}

function paintLines(
  ctx: CanvasRenderingContext2D,
  scene: Scene,
  sight: Sight,
  camera: Camera,
  inks: Inks,
  marks: Marks,
): void {
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
  if (camera.zoom >= READABLE) paintTypes(ctx, scene, chosen, inks);
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
function paintTypes(ctx: CanvasRenderingContext2D, scene: Scene, lines: readonly number[], inks: Inks): void {
  ctx.font = `10px ${inks.mono}`;
  ctx.textBaseline = "middle";
  const told = new Set<number>();
  for (const line of lines) {
    const tensor = scene.ends[3 * line + 2] as number;
    if (told.has(tensor)) continue;
    told.add(tensor);
    const { type } = scene.tensor(tensor);
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

const rectOf = (scene: Scene, box: number) =>
  [
    scene.places[4 * box] as number,
    scene.places[4 * box + 1] as number,
    scene.places[4 * box + 2] as number,
    scene.places[4 * box + 3] as number,
  ] as const;

function paintFar(
  ctx: CanvasRenderingContext2D,
  scene: Scene,
  box: number,
  camera: Camera,
  inks: Inks,
  marks: Marks,
): void {
  const [x, y, width, height] = rectOf(scene, box);
  const kind = kindOf(scene, box);
  const ink = kind === "node" || kind === "card" ? inks.categories[categoryOf(scene, box)] : inks.outline;
  ctx.fillStyle = box === marks.selected ? inks.accent : (ink ?? inks.outline);
  ctx.globalAlpha = kind === "pill" ? 0.4 : 0.85;
  ctx.fillRect(x, y, width, height);
  ctx.globalAlpha = 1;
  if (box === marks.selected || marks.found.has(box))
    outlined(ctx, [x, y, width, height], 4, inks.accent, 2 / camera.zoom);
}

function paintFrame(
  ctx: CanvasRenderingContext2D,
  scene: Scene,
  box: number,
  camera: Camera,
  inks: Inks,
  hovered: boolean,
): void {
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
  ctx.fillStyle = hovered ? inks.accent : inks.text3;
  const sub = `${scene.sub(box)}, fold`;
  ctx.fillText(sub, x + width - 14 - ctx.measureText(sub).width, y + 18);
}

function paintBox(
  ctx: CanvasRenderingContext2D,
  scene: Scene,
  box: number,
  camera: Camera,
  inks: Inks,
  marks: Marks,
): void {
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
  paintWords(ctx, scene, box, inks);
}

function paintWords(ctx: CanvasRenderingContext2D, scene: Scene, box: number, inks: Inks): void {
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
  ctx.font = `600 12px ${inks.ui}`;
  ctx.fillStyle = inks.text;
  ctx.fillText(clipped(ctx, scene.title(box), room), x + inset, y + height / 2 - (sub ? 8 : 0));
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
