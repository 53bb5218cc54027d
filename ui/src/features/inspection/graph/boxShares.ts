// The shares of nodes as the boxes of a scene show them: a card has those of all its copies, a frame of its own.
import { kindOf, type Repeat, type Scene } from "./scene";

export type BoxShares = {
  /** By box; NaN where none is known. */
  shares: Float32Array;
  /** The greatest of a node or card: what the hottest ink means. */
  most: number;
};

export function boxShares(scene: Scene, ofNodes: ReadonlyMap<number, number>): BoxShares {
  const shares = new Float32Array(scene.boxCount).fill(Number.NaN);
  const repeats = new Map(scene.repeats.map((repeat) => [repeat.first, repeat]));
  const opened = new Map<number, number>();
  for (let box = 0; box < scene.boxCount; box++)
    if (kindOf(scene, box) === "frame") opened.set(scene.what[box] ?? 0, scene.copies[box] ?? 0);
  let most = 0;
  for (let box = 0; box < scene.boxCount; box++) {
    const kind = kindOf(scene, box);
    const what = scene.what[box] ?? 0;
    const copy = scene.copies[box] ?? 0;
    const repeat = repeats.get(what);
    let share = Number.NaN;
    if (kind === "node") share = ofNodes.get(what) ?? Number.NaN;
    else if (kind === "frame" && repeat) share = summed(ofNodes, repeat, copy, copy + 1);
    else if (kind === "card" && repeat) {
      const open = opened.get(what);
      share = summed(ofNodes, repeat, copy, open !== undefined && copy < open ? open : repeat.copies);
    }
    shares[box] = share;
    if (kind !== "frame" && share > most) most = share;
  }
  return { shares, most };
}

function summed(ofNodes: ReadonlyMap<number, number>, repeat: Repeat, from: number, to: number): number {
  let sum = Number.NaN;
  for (let node = repeat.first + from * repeat.period; node < repeat.first + to * repeat.period; node++) {
    const share = ofNodes.get(node);
    if (share !== undefined) sum = Number.isNaN(sum) ? share : sum + share;
  }
  return sum;
}

/** `7 %`, `< 1 %`; nothing where none is known. */
export function shareText(share: number): string {
  if (Number.isNaN(share)) return "";
  if (share === 0) return "0 %";
  return share < 0.01 ? "< 1 %" : `${Math.round(share * 100)} %`;
}
