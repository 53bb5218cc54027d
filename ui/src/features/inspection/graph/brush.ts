// What every part of the drawing is given.
import type { BoxShares } from "./boxShares";
import type { Camera } from "./camera";
import type { Inks } from "./inks";
import type { Scene } from "./scene";

export type Marks = {
  selected: number | null;
  hovered: number | null;
  found: ReadonlySet<number>;
  /** What part of a whole each box has, when the graph shows that. */
  heat: BoxShares | null;
  /** Types of the selected node's tensors, by name, where more is known than the file says. */
  types: ReadonlyMap<string, string>;
};

export type Brush = {
  ctx: CanvasRenderingContext2D;
  scene: Scene;
  camera: Camera;
  inks: Inks;
  marks: Marks;
};

/** The part of the page that is in sight. */
export type Sight = { left: number; top: number; right: number; bottom: number };

/** Below this zoom boxes are plain colours. */
export const READABLE = 0.42;
export const ARROWS = 0.3;
