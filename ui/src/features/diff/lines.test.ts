import { expect, it } from "vitest";
import { MODEL_DIFF } from "@/mock/desk/diff";
import { diffLines, filtered } from "./lines";

it("tells every difference in one line and finds it by its words", () => {
  const lines = diffLines(MODEL_DIFF);
  const { ports, nodes, weights, facts } = MODEL_DIFF;
  expect(lines).toHaveLength(ports.length + nodes.length + weights.length + facts.length);
  expect(new Set(lines.map((line) => line.key)).size).toBe(lines.length);
  expect(filtered(lines, "signature", "").every((line) => line.group === "signature")).toBe(true);
  expect(filtered(lines, "all", "gelu ADDED").map((line) => line.kind)).toEqual(["Gelu"]);
  expect(filtered(lines, "weights", "no such thing")).toEqual([]);
});

it("says of a weight how far it moved, and of a new shape both shapes", () => {
  const notes = Object.fromEntries(diffLines(MODEL_DIFF).map((line) => [line.name, line.note]));
  expect(notes["block.1.weight"]).toBe("relative L2 4.21 %");
  expect(notes["head.weight"]).toBe("float32 [4, 128] → float32 [5, 128]");
});
