// How finely lines are asked for: the server makes buckets and leaves the lowest and the highest point of each.
const LEAST_BUCKETS = 300;
const MOST_BUCKETS = 1100;
/** A splitter that is dragged must not ask anew for every pixel. */
const STEP = 100;

const PADDING_PX = 8;
const GAP_PX = 8;
/** The y axis at its narrowest, and the room at the right. */
const AXIS_PX = 54;

/** Points that a line gets at most in a frame of this width: a bucket for each column of the screen. 0: not measured yet. */
export function pointsFor(frame: number, charts: number, ratio = window.devicePixelRatio || 1): number {
  if (frame <= 0) return 0;
  const plot = (frame - 2 * PADDING_PX - (charts - 1) * GAP_PX) / charts - AXIS_PX;
  const wanted = Math.ceil((plot * ratio) / STEP) * STEP;
  // The first and the last point come on top.
  return 2 * Math.max(LEAST_BUCKETS, Math.min(MOST_BUCKETS, wanted)) + 2;
}
