// Drawing on one 2D canvas. Only what is in sight is drawn; from afar without texts, which nobody could read.
import { type Marks, READABLE, type Sight } from "./brush";
import type { Camera, Frame } from "./camera";
import type { Inks } from "./inks";
import { paintBox, paintFar, paintFrame } from "./paintBoxes";
import { paintLines } from "./paintLines";
import { kindOf, type Scene } from "./scene";

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
  const brush = { ctx, scene, camera, inks, marks };
  for (const box of boxes) if (kindOf(scene, box) === "frame") paintFrame(brush, box);
  paintLines(brush, sight);
  for (const box of boxes) {
    if (kindOf(scene, box) === "frame") continue;
    if (camera.zoom < READABLE) paintFar(brush, box);
    else paintBox(brush, box);
  }
}

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
