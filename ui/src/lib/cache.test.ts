import { QueryClient } from "@tanstack/react-query";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { createInvalidator, keys, touches } from "./cache";

const input = (experimentId: string) => ({
  experimentIds: [experimentId],
  filter: "",
  orderBy: [],
  maxResults: 100,
  pageToken: null,
});

describe("what a change touches", () => {
  test("runs of the experiment that was written to, and no other", () => {
    const tag = { kind: "runs", id: "1" } as const;
    expect(touches(tag, keys.runs(input("1")))).toBe(true);
    expect(touches(tag, keys.metric("1", ["a"], "ic", 100))).toBe(true);
    expect(touches(tag, keys.runs(input("2")))).toBe(false);
    expect(touches(tag, keys.run("a"))).toBe(true);
    expect(touches(tag, keys.models())).toBe(false);
  });

  test("a tag without an id touches all of its kind", () => {
    const tag = { kind: "models", id: null } as const;
    expect(touches(tag, keys.model("regime"))).toBe(true);
    expect(touches(tag, keys.modelVersion("regime", 3))).toBe(true);
    expect(touches(tag, keys.models())).toBe(true);
    expect(touches(tag, keys.endpoints())).toBe(false);
  });

  test("one model's change touches the list and that model", () => {
    const tag = { kind: "models", id: "regime" } as const;
    expect(touches(tag, keys.models())).toBe(true);
    expect(touches(tag, keys.model("regime"))).toBe(true);
    expect(touches(tag, keys.model("carry"))).toBe(false);
  });

  test("a page that shows things of several kinds is stale when any of them changes", () => {
    const run = keys.runDetail("a");
    for (const kind of ["runs", "experiments", "models", "endpoints"] as const)
      expect(touches({ kind, id: "x" }, run)).toBe(true);
    expect(touches({ kind: "deployments", id: "x" }, run)).toBe(false);
    expect(touches({ kind: "endpoints", id: "regime-staging" }, keys.modelVersion("regime", 3))).toBe(true);
    expect(touches({ kind: "models", id: "carry" }, keys.modelVersion("regime", 3))).toBe(false);
  });

  test("figures of runs make a model stale where its versions come of that experiment", () => {
    const logged = { kind: "runs", id: "7" } as const;
    const model = { model: { name: "regime" }, versions: [{ version: 1, experimentId: "7" }] };
    expect(touches(logged, keys.model("regime"), model)).toBe(true);
    expect(touches(logged, keys.comparison("regime", 1, 2), { left: { version: model.versions[0] } })).toBe(true);
    expect(touches({ kind: "runs", id: "8" }, keys.model("regime"), model)).toBe(false);
    expect(touches({ kind: "runs", id: null }, keys.model("regime"), undefined)).toBe(true);
  });

  test("a report of a file does not change", () => {
    expect(touches({ kind: "workspace", id: null }, keys.inspection({ path: "/m.onnx" }))).toBe(false);
    expect(touches({ kind: "models", id: "m" }, keys.inspection({ name: "m", version: 1 }))).toBe(false);
  });
});

describe("invalidation", () => {
  beforeEach(() => vi.useFakeTimers());

  test("acts at once, then gathers what follows", async () => {
    const client = new QueryClient();
    const invalidate = vi.spyOn(client, "invalidateQueries").mockResolvedValue();
    const changed = createInvalidator(client, 250);
    changed([{ kind: "runs", id: "1" }]);
    expect(invalidate).toHaveBeenCalledTimes(1);
    for (let write = 0; write < 50; write += 1) changed([{ kind: "runs", id: "1" }]);
    expect(invalidate).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(250);
    expect(invalidate).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(1000);
    expect(invalidate).toHaveBeenCalledTimes(2);
    changed([{ kind: "models", id: null }]);
    expect(invalidate).toHaveBeenCalledTimes(3);
  });

  test("does not cut a slow reread short, and does not wait forever", async () => {
    const client = new QueryClient();
    const invalidate = vi.spyOn(client, "invalidateQueries").mockReturnValue(new Promise(() => {}));
    const changed = createInvalidator(client, 250);
    changed([{ kind: "runs", id: "1" }]);
    changed([{ kind: "runs", id: "1" }]);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(invalidate).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(invalidate).toHaveBeenCalledTimes(2);
  });

  test("a model's page is read again when its run has logged", () => {
    const client = new QueryClient();
    client.setQueryData(keys.modelVersion("regime", 1), { version: { experimentId: "1" } });
    client.setQueryData(keys.modelVersion("carry", 1), { version: { experimentId: "2" } });
    createInvalidator(client)([{ kind: "runs", id: "1" }]);
    expect(client.getQueryState(keys.modelVersion("regime", 1))?.isInvalidated).toBe(true);
    expect(client.getQueryState(keys.modelVersion("carry", 1))?.isInvalidated).toBe(false);
    void client.invalidateQueries({ queryKey: ["models"] });
    expect(client.getQueryState(keys.modelVersion("carry", 1))?.isInvalidated).toBe(true);
  });

  test("marks the touched queries stale", () => {
    const client = new QueryClient();
    client.setQueryData(keys.runs(input("1")), 1);
    client.setQueryData(keys.runs(input("2")), 2);
    createInvalidator(client)([{ kind: "runs", id: "2" }]);
    expect(client.getQueryState(keys.runs(input("1")))?.isInvalidated).toBe(false);
    expect(client.getQueryState(keys.runs(input("2")))?.isInvalidated).toBe(true);
  });
});
