import { expect, it } from "vitest";
import type { TreeView, TreeViewNode } from "@/lib/api";
import { BOX, openDepth, placeTree } from "./layout";

const node = (depth: number, yes: number | null, no: number | null): TreeViewNode => ({
  place: 0,
  id: 0,
  depth,
  feature: yes === null ? null : 0,
  sign: yes === null ? null : "≤",
  value: 0.5,
  members: [],
  yes,
  no,
  missingYes: false,
  hitRate: null,
  votes: [],
});

/** A tree from a seed, in the order in which the shell sends it: a node before what is below it. */
function grown(seed: number, depthMax: number): TreeView {
  let state = seed;
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
  const nodes: TreeViewNode[] = [];
  const grow = (depth: number): number => {
    const at = nodes.push(node(depth, null, null)) - 1;
    const here = nodes[at];
    if (here && depth < depthMax && random() < 0.8) Object.assign(here, node(depth, grow(depth + 1), grow(depth + 1)));
    return at;
  };
  grow(0);
  return { tree: 0, number: 0, nodes };
}

it("puts no node on another and each parent in the middle beside its children", () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const tree = grown(seed, 8);
    const placed = placeTree(tree, () => true);
    expect(placed.nodes).toHaveLength(tree.nodes.length);
    for (const x of new Set(placed.nodes.map((each) => each.x))) {
      const level = placed.nodes.filter((each) => each.x === x);
      const across = level.map((each) => each.y).sort((a, b) => a - b);
      across.slice(1).forEach((y, index) => {
        expect(y - (across[index] ?? 0)).toBeGreaterThanOrEqual(BOX.height + BOX.gapY - 1e-6);
      });
    }
    for (const [index, parent] of placed.nodes.entries()) {
      const children = placed.edges.filter((edge) => edge.from === index).map((edge) => placed.nodes[edge.to]?.y ?? 0);
      if (children.length === 2) expect(parent.y).toBeCloseTo(((children[0] ?? 0) + (children[1] ?? 0)) / 2);
    }
    expect(Math.min(...placed.nodes.map((each) => each.y))).toBeCloseTo(0);
  }
});

it("folds below a closed split and says how much is below it", () => {
  const tree = grown(3, 6);
  const placed = placeTree(tree, (at) => at === 0);
  expect(placed.nodes).toHaveLength(3);
  expect(placed.nodes.slice(1).reduce((sum, each) => sum + each.hidden, 0)).toBe(tree.nodes.length - 3);
});

it("draws a node once where several splits lead to it", () => {
  const tree = { tree: 0, number: 0, nodes: [node(0, 1, 2), node(1, null, null), node(1, 1, 3), node(2, null, null)] };
  const placed = placeTree(tree, () => true);
  expect(placed.nodes.filter((each) => each.at === 1).map((each) => each.again)).toEqual([false, true]);
});

it("opens as many levels as stay readable", () => {
  const full = grown(1, 0);
  expect(openDepth(full)).toBe(1);
  const wide: TreeView = {
    tree: 0,
    number: 0,
    nodes: [0, 1, 2, 3, 4, 5, 6, 7].flatMap((depth) =>
      Array.from({ length: 2 ** depth }, () => node(depth, null, null)),
    ),
  };
  expect(openDepth(wide)).toBe(4);
});
