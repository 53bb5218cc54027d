import { expect, test } from "vitest";
import { assignColors, runStyle } from "./runColors";

test("each drawn run gets the first free place", () => {
  expect(assignColors(["a", "b", "c"], {})).toEqual({ a: 0, b: 1, c: 2 });
});

test("a colour sticks to its run while others come and go", () => {
  const first = assignColors(["a", "b"], {});
  const second = assignColors(["b", "c"], first);
  expect(second.b).toBe(1);
  expect(second.c).toBe(0);
  const third = assignColors(["b", "a"], { a: 0, b: 1 });
  expect(third).toEqual({ a: 0, b: 1 });
});

test("two runs drawn together never share a colour", () => {
  const known = { a: 0, b: 0, c: 1 };
  const next = assignColors(["a", "b", "c"], known);
  expect(new Set([next.a, next.b, next.c]).size).toBe(3);
  expect(next.a).toBe(0);
  expect(next.c).toBe(1);
});

test("nothing new is nothing changed", () => {
  const known = { a: 0 };
  expect(assignColors(["a"], known)).toBe(known);
});

test("from the ninth run on, dashes", () => {
  expect(runStyle(0)).toEqual({ color: "var(--run-1)", dash: [] });
  expect(runStyle(8).color).toBe("var(--run-1)");
  expect(runStyle(8).dash.length).toBeGreaterThan(0);
  expect(runStyle(undefined).color).toBe("var(--muted)");
});
