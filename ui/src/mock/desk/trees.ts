// Mock answers of the trees bench: a forest grown from a seed, followed in TypeScript. Invented, for looking only.
import type {
  EnsembleList,
  EnsemblePlace,
  FollowedRow,
  FollowRowRequest,
  TreeCover,
  TreePath,
  TreeView,
  TreeViewNode,
} from "@/bindings";
import { noise } from "./shared";

const TREES = 120;
const NAMES = [
  "spread_bps",
  "imbalance_1s",
  "ret_5s",
  "ret_60s",
  "vol_60s",
  "trades_1s",
  "depth_ratio",
  "hour_of_day",
  "queue_ahead",
  "mid_velocity",
];
const PLACE: EnsemblePlace = { way: [], node: 55 };

function grow(tree: number): TreeView {
  const random = noise(tree + 11);
  const nodes: TreeViewNode[] = [];
  const add = (depth: number): number => {
    const at = nodes.length;
    const isLeaf = depth > 2 && (depth === 7 || random() < 0.3);
    const node: TreeViewNode = {
      place: tree * 1000 + at,
      id: at,
      depth,
      feature: isLeaf ? null : Math.floor(random() ** 2 * NAMES.length),
      sign: isLeaf ? null : "≤",
      value: isLeaf ? null : Math.round((random() * 4 - 2) * 1e4) / 1e4,
      members: [],
      yes: null,
      no: null,
      missingYes: !isLeaf && random() < 0.2,
      hitRate: null,
      votes: isLeaf ? [{ target: 0, weight: (random() - 0.5) / 8 }] : [],
    };
    nodes.push(node);
    if (!isLeaf) {
      node.yes = add(depth + 1);
      node.no = add(depth + 1);
    }
    return at;
  };
  add(0);
  return { tree, number: tree, nodes };
}

const forest = Array.from({ length: TREES }, (_, tree) => grow(tree));

function ensembles(): EnsembleList {
  const splits = forest.flatMap((tree) => tree.nodes.filter((node) => node.feature !== null));
  const features = NAMES.map((_, feature) => {
    const of = splits.filter((node) => node.feature === feature);
    const values = of.map((node) => node.value ?? 0);
    return {
      feature,
      splits: of.length,
      trees: forest.filter((tree) => tree.nodes.some((node) => node.feature === feature)).length,
      thresholdMin: Math.min(...values),
      thresholdMax: Math.max(...values),
      hitRate: null,
    };
  });
  return {
    ensembles: [
      {
        place: PLACE,
        op: "TreeEnsembleRegressor",
        name: "",
        input: "bars",
        outputs: ["variable"],
        inputType: "float32 [N, 10]",
        takesModelInput: true,
        columns: [],
        aggregate: "SUM",
        postTransform: "NONE",
        runtimeTransform: null,
        postTransformApplies: false,
        targets: 1,
        labels: [],
        baseValues: [0.0125],
        splits: splits.length,
        leaves: splits.length + TREES,
        missingYes: splits.filter((node) => node.missingYes).length,
        hasHitRates: false,
        featuresNeeded: NAMES.length,
        trees: forest.map((tree) => ({
          number: tree.number,
          depth: Math.max(...tree.nodes.map((node) => node.depth)),
          splits: tree.nodes.filter((node) => node.feature !== null).length,
          leaves: tree.nodes.filter((node) => node.feature === null).length,
        })),
        features: features.sort((a, b) => b.splits - a.splits),
      },
    ],
    problems: [],
    logged: {
      names: NAMES,
      example: JSON.stringify({ columns: NAMES, data: [[0.4, -0.2, 0.1, 1.2, 0.6, 3, 0.9, 14, 2, 0]] }),
    },
  };
}

function follow(request: FollowRowRequest): FollowedRow {
  const random = noise(request.row + 3);
  const features = NAMES.map(() => (random() < 0.08 ? null : Math.round((random() * 4 - 2) * 1e3) / 1e3));
  const trees = forest.map((tree): TreePath => {
    const splits: number[] = [];
    let node = tree.nodes[0];
    while (node && node.feature !== null) {
      splits.push(node.place);
      const value = features[node.feature] ?? null;
      const yes = value === null ? node.missingYes : value <= (node.value ?? 0);
      node = tree.nodes[(yes ? node.yes : node.no) ?? 0];
    }
    return { splits, leaf: node?.place ?? 0, votes: node?.votes ?? [] };
  });
  const sum = Math.fround(trees.reduce((total, tree) => total + (tree.votes[0]?.weight ?? 0), 0.0125));
  return {
    path: { trees, raw: [sum], outputs: [sum], label: null },
    features,
    elementType: "FP32",
    rows: request.rows.kind === "generated" ? 64 : 1,
    runtimeOutputs: [sum],
    runtimeLabel: null,
    ulpsMax: 0,
    equal: true,
    runtimeVersion: "1.30.0",
  };
}

function cover(): TreeCover {
  const visits: number[] = [];
  const passes = new Map<number, number>();
  for (const tree of forest) {
    const come = (at: number, rows: number): void => {
      const node = tree.nodes[at];
      if (!node) return;
      visits[node.place] = rows;
      if (node.feature === null || node.yes === null || node.no === null) return;
      passes.set(node.feature, (passes.get(node.feature) ?? 0) + rows);
      const yes = Math.round(rows * (0.2 + 0.6 * noise(node.place + 1)()));
      come(node.yes, yes);
      come(node.no, rows - yes);
    };
    come(0, 50_000);
  }
  return {
    fileName: "bars-2026-10.parquet",
    rows: 50_000,
    visits: Array.from(visits, (count) => count ?? 0),
    features: [...passes].map(([feature, count]) => ({ feature, passes: count })),
  };
}

export const treesHandlers = {
  pick_rows_file: () => "/home/quant/data/bars-2026-10.parquet",
  tree_cover: () => cover(),
  list_ensembles: () => ensembles(),
  read_tree: ({ tree }: { tree: number }) => forest[tree],
  follow_tree_row: ({ request }: { request: FollowRowRequest }) => follow(request),
};
