import { beforeEach, expect, test } from "vitest";
import { draftOf, setDraft, settleDraft } from "./drafts";
import { resetPersistent } from "./persist";

beforeEach(resetPersistent);

const stored = () => JSON.parse(localStorage.getItem("drydock.drafts") ?? "{}");

test("a saved text is no draft any more, but what was typed meanwhile is", () => {
  const key = draftOf.run("a");
  setDraft(key, { text: "one", base: "" });
  expect(settleDraft(key, "one")).toBe(true);
  expect(stored()).toEqual({});
  setDraft(key, { text: "one two", base: "" });
  expect(settleDraft(key, "one")).toBe(false);
  expect(stored()).toEqual({ [key]: { text: "one two", base: "one" } });
  expect(settleDraft(draftOf.model("m"), "anything")).toBe(true);
});

test("runs, models and versions do not share drafts, and the oldest go first", () => {
  expect(new Set([draftOf.run("m"), draftOf.model("m"), draftOf.version("m", 1), draftOf.version("1 m", 1)]).size).toBe(
    4,
  );
  for (let at = 0; at < 205; at += 1) setDraft(draftOf.run(`r${at}`), { text: "x", base: "" });
  expect(Object.keys(stored())).toHaveLength(200);
  expect(stored()[draftOf.run("r0")]).toBeUndefined();
});
