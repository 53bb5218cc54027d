import { expect, it } from "vitest";
import { boxShares, shareText } from "./boxShares";
import { centred, first, fitted, onPage, panned, zoomed } from "./camera";
import { boxAt, boxOfFrame, boxOfNode, copyOf, kindOf, readScene, repeatOf } from "./scene";

type Box = { place: [number, number, number, number]; kind: number; what: number; copy?: number; title: string };

/** The bytes that crates/onnx/src/graph/wire.rs writes. */
function bytes(
  boxes: Box[],
  lines: { ends: [number, number, number]; points: number[] }[],
  tensors: [string, string][],
) {
  const head = {
    width: 400,
    height: 300,
    nodes: 9,
    boxes: boxes.length,
    lines: lines.length,
    points: lines.flatMap((line) => line.points).length / 2,
    tensors: tensors.length,
    repeats: [[2, 3, 2]],
  };
  let json = JSON.stringify(head);
  json = json.padEnd(Math.ceil(json.length / 4) * 4);
  const texts = [...boxes.flatMap((box) => [box.title, ""]), ...tensors.flat()].map((text) =>
    new TextEncoder().encode(text),
  );
  let end = 0;
  const ends = texts.map((text) => {
    end += text.length;
    return end;
  });
  let start = 0;
  const starts = lines.map((line) => {
    start += line.points.length / 2;
    return start;
  });
  const numbers = (values: number[]) => new Uint8Array(new Uint32Array(values).buffer);
  const floats = (values: number[]) => new Uint8Array(new Float32Array(values).buffer);
  const parts = [
    numbers([json.length]),
    new TextEncoder().encode(json),
    floats(boxes.flatMap((box) => box.place)),
    numbers(boxes.map((box) => box.kind)),
    numbers(boxes.map((box) => box.what)),
    numbers(boxes.map((box) => box.copy ?? 0)),
    numbers([0, ...starts]),
    numbers(lines.flatMap((line) => line.ends)),
    floats(lines.flatMap((line) => line.points)),
    numbers(ends),
    ...texts,
  ];
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all.buffer;
}

const scene = readScene(
  bytes(
    [
      { place: [0, 0, 100, 40], kind: 0 | (1 << 8), what: 0, title: "Faltung ü" },
      { place: [0, 80, 200, 200], kind: 4, what: 2, copy: 1, title: "Layer 2 of 2" },
      { place: [20, 120, 100, 40], kind: 0, what: 5, title: "Add" },
      { place: [220, 80, 100, 40], kind: 3, what: 2, copy: 0, title: "Layer 1" },
    ],
    [{ ends: [0, 1, 0], points: [50, 40, 60, 60, 50, 80] }],
    [["h1", "float32 [N, 8]"]],
  ),
);

it("reads the flat arrays and decodes texts by their ends in bytes", () => {
  expect([scene.title(0), scene.title(1), scene.title(3), scene.sub(2)]).toEqual([
    "Faltung ü",
    "Layer 2 of 2",
    "Layer 1",
    "",
  ]);
  expect(scene.tensor(0)).toEqual({ name: "h1", type: "float32 [N, 8]" });
  expect([...scene.reaches]).toEqual([50, 40, 60, 80]);
  expect([kindOf(scene, 0), kindOf(scene, 1), kindOf(scene, 3)]).toEqual(["node", "frame", "card"]);
});

it("finds boxes by place, by node and by block", () => {
  expect([boxAt(scene, 30, 130), boxAt(scene, 5, 90), boxAt(scene, 5, 200), boxAt(scene, 399, 299)]).toEqual([
    2,
    1,
    null,
    null,
  ]);
  expect([boxOfNode(scene, 5), boxOfNode(scene, 3), boxOfNode(scene, 8)]).toEqual([2, 3, null]);
  expect([boxOfFrame(scene, 2), boxOfFrame(scene, 9)]).toEqual([1, null]);
  const repeat = repeatOf(scene, 6);
  expect(repeat && copyOf(repeat, 6)).toBe(1);
});

it("shows all that fits, else the top, and zooms about the pointer", () => {
  const frame = { width: 800, height: 600 };
  expect(fitted({ width: 100, height: 100 }, frame)).toEqual({ zoom: 1, x: -350, y: -250 });
  const leaning = { width: 4000, height: 60_000, boxCount: 2, places: [3000, 0, 100, 40, 0, 59_000, 100, 40] };
  const tall = first(leaning, frame);
  expect(tall.zoom).toBe(0.6);
  expect(tall.x + frame.width / 2 / tall.zoom).toBeCloseTo(3050);
  expect(tall.y).toBeLessThan(0);
  const before = { x: 10, y: 20, zoom: 1 };
  const at = { x: 200, y: 100 };
  const after = zoomed(before, 2, at);
  expect(onPage(after, at.x, at.y)).toEqual(onPage(before, at.x, at.y));
  expect(panned({ x: 0, y: 0, zoom: 2 }, 100, 50)).toEqual({ x: 50, y: 25, zoom: 2 });
  const frame2 = { width: 700, height: 700 };
  expect(centred({ x: 0, y: 0, zoom: 1 }, { x: 350, y: 300 }, frame2)).toEqual({ zoom: 1, x: 0, y: -50 });
  expect(centred({ x: 0, y: 0, zoom: 0.1 }, { x: 350, y: 300 }, frame2).zoom).toBe(0.7);
});

it("adds up the shares of what a box holds, and tells none where none is known", () => {
  // Nodes 2 to 4 are the first copy, folded in the card; 5 to 7 the second, open in the frame.
  const shares = new Map([
    [2, 0.25],
    [4, 0.125],
    [5, 0.5],
  ]);
  const { shares: boxes, most } = boxShares(scene, shares);
  expect([...boxes]).toEqual([Number.NaN, 0.5, 0.5, 0.375]);
  expect(most).toBe(0.5);
  expect([Number.NaN, 0, 0.004, 0.07].map(shareText)).toEqual(["", "0 %", "< 1 %", "7 %"]);
});
