// Where the nodes of a tree stand: after Reingold and Tilford, "Tidier drawings of trees" (1981). Subtrees are drawn apart
// and pushed together until their outlines are one gap from each other; a parent stands in the middle beside its children.
// The root is at the left: boxes of text are wide and low, so a tree that lies on its side shows four times as much.
import type { TreeView } from "@/lib/api";

export const BOX = { width: 136, height: 34, gapX: 52, gapY: 8 };

export type PlacedNode = {
  /** Its place in the tree's list. */
  at: number;
  x: number;
  y: number;
  /** Splits and leaves that are folded below it. */
  hidden: number;
  /** Drawn elsewhere already: several splits lead to it. */
  again: boolean;
};
export type PlacedEdge = { from: number; to: number; yes: boolean };
export type PlacedTree = { nodes: PlacedNode[]; edges: PlacedEdge[]; width: number; height: number };

type Drawn = {
  node: PlacedNode;
  children: { drawn: Drawn; yes: boolean; shift: number }[];
  left: number[];
  right: number[];
};

const STEP = BOX.height + BOX.gapY;

/** Lays out what is open. `isOpen` says of a split whether its children are drawn. */
export function placeTree(tree: TreeView, isOpen: (at: number) => boolean): PlacedTree {
  const below = counts(tree);
  const seen = new Set<number>();
  const draw = (at: number): Drawn => {
    const again = seen.has(at);
    seen.add(at);
    const view = tree.nodes[at];
    const isSplit = view !== undefined && view.yes !== null && view.no !== null;
    const opened = isSplit && !again && isOpen(at);
    const node: PlacedNode = { at, x: 0, y: 0, hidden: isSplit && !opened && !again ? (below[at] ?? 0) : 0, again };
    if (!opened || view.yes === null || view.no === null) return { node, children: [], left: [0], right: [0] };
    const yes = draw(view.yes);
    const no = draw(view.no);
    const apart = distance(yes, no);
    const shifts: [number, number] = [-apart / 2, apart / 2];
    return {
      node,
      children: [
        { drawn: yes, yes: true, shift: shifts[0] },
        { drawn: no, yes: false, shift: shifts[1] },
      ],
      left: [0, ...outline(yes.left, shifts[0], no.left, shifts[1])],
      right: [0, ...outline(no.right, shifts[1], yes.right, shifts[0])],
    };
  };
  return settle(draw(0));
}

/** How far two subtrees stand apart at least so that no level of one reaches into the other. */
function distance(left: Drawn, right: Drawn): number {
  let apart = STEP;
  for (let level = 0; level < Math.min(left.right.length, right.left.length); level += 1)
    apart = Math.max(apart, (left.right[level] ?? 0) - (right.left[level] ?? 0) + STEP);
  return apart;
}

/** The outline of two subtrees: the outer one's, then what the other has below it. */
function outline(outer: number[], outerShift: number, other: number[], otherShift: number): number[] {
  return Array.from({ length: Math.max(outer.length, other.length) }, (_, level) => {
    const first = outer[level];
    return first === undefined ? (other[level] ?? 0) + otherShift : first + outerShift;
  });
}

function settle(root: Drawn): PlacedTree {
  const nodes: PlacedNode[] = [];
  const edges: PlacedEdge[] = [];
  const least = Math.min(...root.left);
  const walk = (drawn: Drawn, across: number, depth: number): number => {
    drawn.node.x = depth * (BOX.width + BOX.gapX);
    drawn.node.y = across - least;
    const place = nodes.push(drawn.node) - 1;
    for (const child of drawn.children)
      edges.push({ from: place, to: walk(child.drawn, across + child.shift, depth + 1), yes: child.yes });
    return place;
  };
  walk(root, 0, 0);
  return {
    nodes,
    edges,
    width: Math.max(...nodes.map((node) => node.x)) + BOX.width,
    height: Math.max(...nodes.map((node) => node.y)) + BOX.height,
  };
}

/** Nodes below each node, each counted once on every way to it. Parents stand before their children in the list, except
 * where several lead to a child; those are counted where they are drawn first. */
function counts(tree: TreeView): number[] {
  const below = new Array<number>(tree.nodes.length).fill(0);
  const counted = new Set<number>([0]);
  const order: [number, number][] = [];
  tree.nodes.forEach((node, at) => {
    for (const child of [node.yes, node.no])
      if (child !== null && !counted.has(child)) {
        counted.add(child);
        order.push([at, child]);
      }
  });
  for (const [parent, child] of order.sort((a, b) => b[1] - a[1]))
    below[parent] = (below[parent] ?? 0) + 1 + (below[child] ?? 0);
  return below;
}

/** Opens whole levels for as long as the drawing stays readable. */
export function openDepth(tree: TreeView, nodesMax = 40): number {
  const perDepth: number[] = [];
  for (const node of tree.nodes) perDepth[node.depth] = (perDepth[node.depth] ?? 0) + 1;
  let total = 0;
  for (let depth = 0; depth < perDepth.length; depth += 1) {
    total += perDepth[depth] ?? 0;
    if (total > nodesMax) return Math.max(1, depth - 1);
  }
  return perDepth.length;
}
