// A laid-out graph as Rust sends it: a head in JSON, then flat arrays (crates/onnx/src/graph/wire.rs says in which order).

export type BoxKind = "node" | "input" | "output" | "card" | "frame" | "pill";
const KINDS: readonly BoxKind[] = ["node", "input", "output", "card", "frame", "pill"];

export type Repeat = { first: number; period: number; copies: number };

type Head = {
  width: number;
  height: number;
  nodes: number;
  boxes: number;
  lines: number;
  points: number;
  tensors: number;
  repeats: [number, number, number][];
};

export type Scene = {
  width: number;
  height: number;
  /** Nodes of the graph, drawn or not. */
  nodes: number;
  repeats: readonly Repeat[];
  boxCount: number;
  /** x, y, width, height of each box. */
  places: Float32Array;
  /** Kind in the lowest byte, category of the operator in the next. */
  kinds: Uint32Array;
  /** The node's place in its graph, the first node of a repeat, or a tensor's number. */
  what: Uint32Array;
  copies: Uint32Array;
  lineCount: number;
  /** Where the points of each line begin; one more at the end. */
  starts: Uint32Array;
  /** Box from, box to, tensor of each line. */
  ends: Uint32Array;
  points: Float32Array;
  /** The rectangle around each line: left, top, right, bottom. */
  reaches: Float32Array;
  title: (box: number) => string;
  sub: (box: number) => string;
  tensor: (tensor: number) => { name: string; type: string };
};

export const kindOf = (scene: Scene, box: number): BoxKind => KINDS[(scene.kinds[box] ?? 0) & 0xff] ?? "node";
export const categoryOf = (scene: Scene, box: number): number => (scene.kinds[box] ?? 0) >> 8;

export function readScene(bytes: ArrayBuffer): Scene {
  const headBytes = new DataView(bytes).getUint32(0, true);
  const decoder = new TextDecoder();
  const head: Head = JSON.parse(decoder.decode(new Uint8Array(bytes, 4, headBytes)));
  let at = 4 + headBytes;
  const floats = (count: number) => new Float32Array(bytes, at, step(count));
  const numbers = (count: number) => new Uint32Array(bytes, at, step(count));
  const step = (count: number) => {
    at += count * 4;
    return count;
  };
  // `at` is read before it moves on: the arguments of a constructor are taken from left to right.
  const places = floats(head.boxes * 4);
  const kinds = numbers(head.boxes);
  const what = numbers(head.boxes);
  const copies = numbers(head.boxes);
  const starts = numbers(head.lines + 1);
  const ends = numbers(head.lines * 3);
  const points = floats(head.points * 2);
  const textEnds = numbers(2 * (head.boxes + head.tensors));
  const texts = new Uint8Array(bytes, at);
  // Most texts of a large graph are never shown; those that are, are decoded once.
  const known = new Map<number, string>();
  const text = (index: number): string => {
    const found = known.get(index);
    if (found !== undefined) return found;
    const decoded = decoder.decode(texts.subarray(index === 0 ? 0 : textEnds[index - 1], textEnds[index]));
    known.set(index, decoded);
    return decoded;
  };
  return {
    width: head.width,
    height: head.height,
    nodes: head.nodes,
    repeats: head.repeats.map(([first, period, count]) => ({ first, period, copies: count })),
    boxCount: head.boxes,
    places,
    kinds,
    what,
    copies,
    lineCount: head.lines,
    starts,
    ends,
    points,
    reaches: reaches(starts, points),
    title: (box) => text(2 * box),
    sub: (box) => text(2 * box + 1),
    tensor: (tensor) => ({
      name: text(2 * (head.boxes + tensor)),
      type: text(2 * (head.boxes + tensor) + 1),
    }),
  };
}

function reaches(starts: Uint32Array, points: Float32Array): Float32Array {
  const count = starts.length - 1;
  const found = new Float32Array(count * 4);
  for (let line = 0; line < count; line++) {
    let [left, top, right, bottom] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, -1e30, -1e30];
    for (let point = starts[line] ?? 0; point < (starts[line + 1] ?? 0); point++) {
      const x = points[2 * point] ?? 0;
      const y = points[2 * point + 1] ?? 0;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      if (y > bottom) bottom = y;
    }
    found.set([left, top, right, bottom], 4 * line);
  }
  return found;
}

/** The title of a frame (crates/onnx/src/graph/drawing.rs). */
const FRAME_HEAD = 36;

/** The topmost box at a place: what stands in a frame before the frame, of which only the title can be touched. */
export function boxAt(scene: Scene, x: number, y: number): number | null {
  for (let box = scene.boxCount - 1; box >= 0; box--) {
    const left = scene.places[4 * box] ?? 0;
    const top = scene.places[4 * box + 1] ?? 0;
    const height = kindOf(scene, box) === "frame" ? FRAME_HEAD : (scene.places[4 * box + 3] ?? 0);
    if (x >= left && y >= top && x <= left + (scene.places[4 * box + 2] ?? 0) && y <= top + height) return box;
  }
  return null;
}

/** The box of a node, or the card that holds it. */
export function boxOfNode(scene: Scene, node: number): number | null {
  const repeat = repeatOf(scene, node);
  let card: number | null = null;
  for (let box = 0; box < scene.boxCount; box++) {
    const kind = kindOf(scene, box);
    if (kind === "node" && scene.what[box] === node) return box;
    // Cards of one repeat follow each other: the last that begins before the node's copy holds it.
    const before = repeat && (scene.copies[box] ?? 0) <= copyOf(repeat, node);
    if (kind === "card" && scene.what[box] === repeat?.first && before) card = box;
  }
  return card;
}

/** The frame of a repeated block, or its card when no copy is open. */
export function boxOfFrame(scene: Scene, first: number): number | null {
  let card: number | null = null;
  for (let box = 0; box < scene.boxCount; box++) {
    if (scene.what[box] !== first) continue;
    const kind = kindOf(scene, box);
    if (kind === "frame") return box;
    if (kind === "card") card ??= box;
  }
  return card;
}

export const repeatOf = (scene: Scene, node: number): Repeat | undefined =>
  scene.repeats.find((each) => node >= each.first && node < each.first + each.period * each.copies);

/** The copy of a repeated block that a node is in. */
export const copyOf = (repeat: Repeat, node: number): number => Math.floor((node - repeat.first) / repeat.period);
