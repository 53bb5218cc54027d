import { beforeEach, expect, test, vi } from "vitest";
import { enterWorkspace, persistent, resetPersistent } from "./persist";

beforeEach(resetPersistent);

test("state survives, and a broken entry is no state", () => {
  const width = persistent("width", 248);
  width.set(300);
  expect(localStorage.getItem("drydock.width")).toBe("300");
  width.set((previous) => previous + 1);
  expect(width.get()).toBe(301);
  localStorage.setItem("drydock.broken", "{");
  expect(persistent("broken", 7).get()).toBe(7);
});

test("each workspace has its own filters; the theme is everyone's", () => {
  const filter = persistent("filter", "", { perWorkspace: true });
  const theme = persistent("tone", "dark");
  const heard = vi.fn();
  filter.subscribe(heard);
  enterWorkspace("/demo");
  filter.set("metrics.ic > 0");
  theme.set("light");
  heard.mockClear();
  enterWorkspace("/own");
  expect(heard).toHaveBeenCalledTimes(1);
  expect(filter.get()).toBe("");
  expect(theme.get()).toBe("light");
  enterWorkspace("/demo");
  expect(filter.get()).toBe("metrics.ic > 0");
});
