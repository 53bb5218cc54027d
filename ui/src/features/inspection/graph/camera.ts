// What part of the page is looked at, and how near.

export type Camera = { x: number; y: number; zoom: number };
export type Frame = { width: number; height: number };

export const ZOOM_MIN = 0.02;
export const ZOOM_MAX = 3;
const MARGIN = 32;

const within = (zoom: number, least = ZOOM_MIN) => Math.min(ZOOM_MAX, Math.max(Math.min(least, ZOOM_MIN), zoom));

/** The whole page, never larger than life. */
export function fitted(page: Frame, frame: Frame): Camera {
  const zoom = Math.min(
    1,
    (frame.width - 2 * MARGIN) / Math.max(page.width, 1),
    (frame.height - 2 * MARGIN) / Math.max(page.height, 1),
  );
  const shown = Math.max(zoom, 1e-4);
  return {
    zoom: shown,
    x: page.width / 2 - frame.width / 2 / shown,
    y: page.height / 2 - frame.height / 2 / shown,
  };
}

type Page = Frame & { boxCount: number; places: ArrayLike<number> };

/** The whole page if it can be read so, else its top: a long graph leans, and the middle of its page may be empty there. */
export function first(page: Page, frame: Frame): Camera {
  const whole = fitted(page, frame);
  if (whole.zoom >= 0.6) return whole;
  const zoom = Math.min(1, Math.max(0.6, (frame.width - 2 * MARGIN) / Math.max(page.width, 1)));
  return { zoom, x: middleOfTop(page, frame.height / zoom) - frame.width / 2 / zoom, y: -MARGIN / zoom };
}

/** Where half of the boxes at the top stand left of it: one that stands far out does not move it. */
function middleOfTop({ boxCount, places, width }: Page, height: number): number {
  const middles: number[] = [];
  for (let at = 0; at < 4 * boxCount; at += 4)
    if ((places[at + 1] ?? 0) <= height) middles.push((places[at] ?? 0) + (places[at + 2] ?? 0) / 2);
  middles.sort((a, b) => a - b);
  return middles[middles.length >> 1] ?? width / 2;
}

/** Nearer or farther, with the place under the pointer staying where it is. */
export function zoomed(camera: Camera, factor: number, at: { x: number; y: number }): Camera {
  const zoom = within(camera.zoom * factor, camera.zoom);
  return {
    zoom,
    x: camera.x + at.x / camera.zoom - at.x / zoom,
    y: camera.y + at.y / camera.zoom - at.y / zoom,
  };
}

export const panned = (camera: Camera, dx: number, dy: number): Camera => ({
  ...camera,
  x: camera.x + dx / camera.zoom,
  y: camera.y + dy / camera.zoom,
});

/** At least near enough to read, the place in the middle. */
export function centred(camera: Camera, at: { x: number; y: number }, frame: Frame): Camera {
  const zoom = Math.max(camera.zoom, 0.7);
  return { zoom, x: at.x - frame.width / 2 / zoom, y: at.y - frame.height / 2 / zoom };
}

export const onPage = (camera: Camera, x: number, y: number) => ({
  x: camera.x + x / camera.zoom,
  y: camera.y + y / camera.zoom,
});
