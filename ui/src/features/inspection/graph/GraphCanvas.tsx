import {
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  type Ref,
  type RefObject,
  useCallback,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
} from "react";
import { useTheme } from "@/lib/theme";
import type { BoxShares } from "./boxShares";
import { type Camera, centred, first, fitted, onPage, panned, zoomed } from "./camera";
import { type Inks, readInks } from "./inks";
import { Minimap } from "./Minimap";
import { paint } from "./paint";
import { boxAt, type Scene } from "./scene";
import { ZoomBar } from "./ZoomBar";

type Spot = { x: number; y: number };

/** What others ask of the camera. */
export type CanvasHandle = {
  centre: (box: number) => void;
  /** Where a box's upper left corner is on the canvas. */
  spotOf: (box: number) => Spot | null;
  /** Moves the page so that it is there. */
  put: (box: number, spot: Spot) => void;
};

type Props = {
  scene: Scene;
  ref: Ref<CanvasHandle>;
  selected: number | null;
  found: ReadonlySet<number>;
  heat: BoxShares | null;
  types: ReadonlyMap<string, string>;
  /** What stands beside the zoom. */
  tools?: ReactNode;
  onSelect: (box: number | null) => void;
  /** Enter on what is selected. */
  onOpen: (box: number) => void;
  onEscape: () => boolean;
};

/** Pixels that a press may move and still be a click. */
const CLICK = 4;

/** The graph on one canvas: pans by dragging and scrolling, zooms with Ctrl and the wheel, walks by keys. */
export function GraphCanvas({ scene, ref, selected, found, heat, types, tools, onSelect, onOpen, onEscape }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useFrame(frame);
  const inks = useInks();
  const [hovered, setHovered] = useState<number | null>(null);
  const drag = useRef<{ x: number; y: number; camera: Camera; moved: boolean } | null>(null);
  const [camera, setCamera] = useState<Camera | null>(null);
  const shown = camera ?? (size ? first(scene, size) : null);
  useImperativeHandle(ref, () => {
    const corner = (box: number) => ({ x: scene.places[4 * box] ?? 0, y: scene.places[4 * box + 1] ?? 0 });
    return {
      centre: (box) => {
        if (!shown || !size) return;
        const { x, y } = corner(box);
        const middle = { x: x + (scene.places[4 * box + 2] ?? 0) / 2, y: y + (scene.places[4 * box + 3] ?? 0) / 2 };
        setCamera(centred(shown, middle, size));
      },
      spotOf: (box) => {
        const { x, y } = corner(box);
        return shown && { x: (x - shown.x) * shown.zoom, y: (y - shown.y) * shown.zoom };
      },
      put: (box, spot) => {
        const { x, y } = corner(box);
        if (shown) setCamera({ ...shown, x: x - spot.x / shown.zoom, y: y - spot.y / shown.zoom });
      },
    };
  });

  useEffect(() => {
    const ctx = canvas.current?.getContext("2d", { alpha: false });
    if (!ctx || !size || !shown) return;
    const density = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(size.width * density), Math.round(size.height * density)];
    if (ctx.canvas.width !== width || ctx.canvas.height !== height) {
      ctx.canvas.width = width;
      ctx.canvas.height = height;
    }
    const turn = requestAnimationFrame(() =>
      paint(ctx, scene, shown, size, density, inks, { selected, hovered, found, heat, types }),
    );
    return () => cancelAnimationFrame(turn);
  }, [scene, shown, size, inks, selected, hovered, found, heat, types]);

  // Not a React handler: those are passive, and a page that scrolls beneath the graph would move with it.
  const wheel = useRef<(event: WheelEvent) => void>(() => {});
  wheel.current = (event) => {
    if (!shown || !frame.current) return;
    event.preventDefault();
    const at = placeIn(frame.current, event);
    if (event.ctrlKey || event.metaKey) setCamera(zoomed(shown, Math.exp(-event.deltaY / 240), at));
    else setCamera(panned(shown, event.shiftKey ? event.deltaY : event.deltaX, event.shiftKey ? 0 : event.deltaY));
  };
  useEffect(() => {
    const element = frame.current;
    const listen = (event: WheelEvent) => wheel.current(event);
    element?.addEventListener("wheel", listen, { passive: false });
    return () => element?.removeEventListener("wheel", listen);
  }, []);

  const under = (event: PointerEvent): number | null => {
    if (!shown || !frame.current) return null;
    const at = placeIn(frame.current, event);
    const place = onPage(shown, at.x, at.y);
    return boxAt(scene, place.x, place.y);
  };
  const onPointerDown = (event: PointerEvent) => {
    if (!shown || event.button > 1) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { x: event.clientX, y: event.clientY, camera: shown, moved: false };
  };
  const onPointerMove = (event: PointerEvent) => {
    const held = drag.current;
    if (!held) {
      setHovered(under(event));
      return;
    }
    const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
    held.moved ||= Math.hypot(dx, dy) > CLICK;
    if (held.moved) setCamera(panned(held.camera, -dx, -dy));
  };
  const onPointerUp = (event: PointerEvent) => {
    const held = drag.current;
    drag.current = null;
    if (held && !held.moved && event.button === 0) onSelect(under(event));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!shown || !size) return;
    if (event.key === "Escape" && onEscape()) {
      event.stopPropagation();
      event.preventDefault();
      return;
    }
    if (event.key === "Enter" && selected !== null) onOpen(selected);
    const next = walked(event, shown, scene, size);
    if (next) {
      event.preventDefault();
      setCamera(next);
    }
  };
  return (
    <div
      ref={frame}
      role="application"
      aria-label="Graph; arrow keys move, plus and minus zoom, 0 shows all"
      data-testid="graph-canvas"
      data-boxes={scene.boxCount}
      data-camera={shown ? `${shown.x} ${shown.y} ${shown.zoom}` : undefined}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the drawing takes the keys that move it
      tabIndex={0}
      className={`relative h-full w-full overflow-hidden bg-app outline-none focus-visible:ring-1 focus-visible:ring-accent focus-visible:ring-inset ${hovered === null ? "cursor-grab" : "cursor-pointer"}`}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerLeave={() => setHovered(null)}
      onKeyDown={onKeyDown}
    >
      <canvas ref={canvas} className="absolute inset-0 h-full w-full" aria-hidden />
      {shown && size && (
        <>
          <Minimap scene={scene} camera={shown} frame={size} inks={inks} onCamera={setCamera} />
          <ZoomBar
            zoom={shown.zoom}
            onZoom={(factor) => setCamera(zoomed(shown, factor, { x: size.width / 2, y: size.height / 2 }))}
            onFit={() => setCamera(fitted(scene, size))}
          >
            {tools}
          </ZoomBar>
        </>
      )}
    </div>
  );
}

const STEP = 80;

function walked(event: KeyboardEvent, camera: Camera, scene: Scene, size: { width: number; height: number }) {
  const middle = { x: size.width / 2, y: size.height / 2 };
  switch (event.key) {
    case "ArrowLeft":
      return panned(camera, -STEP, 0);
    case "ArrowRight":
      return panned(camera, STEP, 0);
    case "ArrowUp":
      return panned(camera, 0, -STEP);
    case "ArrowDown":
      return panned(camera, 0, STEP);
    case "PageUp":
      return panned(camera, 0, -size.height * 0.9);
    case "PageDown":
      return panned(camera, 0, size.height * 0.9);
    case "Home":
      return first(scene, size);
    case "+":
    case "=":
      return zoomed(camera, 1.25, middle);
    case "-":
      return zoomed(camera, 0.8, middle);
    case "0":
      return fitted(scene, size);
    default:
      return null;
  }
}

function placeIn(element: HTMLElement, event: { clientX: number; clientY: number }) {
  const rect = element.getBoundingClientRect();
  return { x: event.clientX - rect.left, y: event.clientY - rect.top };
}

function useFrame(element: RefObject<HTMLElement | null>) {
  const [size, setSize] = useState<{ width: number; height: number } | null>(null);
  const note = useCallback((width: number, height: number) => {
    if (width > 0 && height > 0) setSize({ width, height });
  }, []);
  useEffect(() => {
    if (!element.current) return;
    const watch = new ResizeObserver(([entry]) => {
      if (entry) note(entry.contentRect.width, entry.contentRect.height);
    });
    watch.observe(element.current);
    return () => watch.disconnect();
  }, [element, note]);
  return size;
}

function useInks(): Inks {
  const theme = useTheme();
  const [inks, setInks] = useState(readInks);
  useEffect(() => {
    // The theme stands on the document only after this render.
    if (theme) setInks(readInks());
  }, [theme]);
  return inks;
}
