import { type PointerEvent, useEffect, useRef } from "react";
import type { Camera, Frame } from "./camera";
import type { Inks } from "./inks";
import { categoryOf, kindOf, type Scene } from "./scene";

type Props = { scene: Scene; camera: Camera; frame: Frame; inks: Inks; onCamera: (camera: Camera) => void };

const WIDTH = 176;
const HEIGHT = 124;
const MARGIN = 6;

/** The whole page, small; the rectangle is what the canvas shows. */
export function Minimap({ scene, camera, frame, inks, onCamera }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scale = Math.min(
    (WIDTH - 2 * MARGIN) / Math.max(scene.width, 1),
    (HEIGHT - 2 * MARGIN) / Math.max(scene.height, 1),
  );
  const left = (WIDTH - scene.width * scale) / 2;
  const top = (HEIGHT - scene.height * scale) / 2;
  useEffect(() => {
    const ctx = canvas.current?.getContext("2d");
    if (!ctx) return;
    const density = window.devicePixelRatio || 1;
    ctx.canvas.width = WIDTH * density;
    ctx.canvas.height = HEIGHT * density;
    ctx.setTransform(density, 0, 0, density, 0, 0);
    for (let box = 0; box < scene.boxCount; box++) {
      const kind = kindOf(scene, box);
      if (kind === "pill") continue;
      const [x, y, width, height] = scene.places.subarray(4 * box, 4 * box + 4) as unknown as number[];
      ctx.fillStyle = kind === "frame" ? inks.hover : (inks.categories[categoryOf(scene, box)] ?? inks.outline);
      ctx.fillRect(
        left + (x ?? 0) * scale,
        top + (y ?? 0) * scale,
        Math.max(1, (width ?? 0) * scale),
        Math.max(1, (height ?? 0) * scale),
      );
    }
  }, [scene, inks, scale, left, top]);
  const go = (event: PointerEvent<HTMLElement>) => {
    event.stopPropagation();
    if (event.buttons !== 1) return;
    const rect = event.currentTarget.getBoundingClientRect();
    const x = (event.clientX - rect.left - left) / scale;
    const y = (event.clientY - rect.top - top) / scale;
    onCamera({ ...camera, x: x - frame.width / 2 / camera.zoom, y: y - frame.height / 2 / camera.zoom });
  };
  const whole = scene.width <= frame.width / camera.zoom && scene.height <= frame.height / camera.zoom;
  if (whole) return null;
  return (
    <div
      data-testid="graph-minimap"
      style={{ width: WIDTH, height: HEIGHT }}
      // Its own layer: WebKit paints the ground of a plain box beneath the canvas.
      className="absolute top-3 right-3 cursor-crosshair will-change-transform overflow-hidden rounded-card border border-line bg-panel"
      onPointerDown={go}
      onPointerMove={go}
    >
      <canvas ref={canvas} style={{ width: WIDTH, height: HEIGHT }} aria-hidden />
      <i
        className="pointer-events-none absolute rounded-[2px] border border-accent bg-accent-weak"
        style={{
          left: left + camera.x * scale,
          top: top + camera.y * scale,
          width: Math.max(3, (frame.width / camera.zoom) * scale),
          height: Math.max(3, (frame.height / camera.zoom) * scale),
        }}
      />
    </div>
  );
}
