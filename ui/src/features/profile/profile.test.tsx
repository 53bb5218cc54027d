import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import type { ModelCost, NodeProfile, ProfileInput } from "@/lib/api";
import { wayKey } from "@/lib/nodeShares";
import { profileReport } from "@/mock/desk/profile";
import { renderDesk } from "@/mock/desk/render";
import { dimsOf, flopsOf } from "./flops";
import { ProfileBench } from "./ProfileBench";
import { timeShares, unmatchedShare } from "./shares";
import { callAt, laneCount, ticks, zoomedSight } from "./timeline";
import { formatUs, originText, shareText } from "./words";

const input: ProfileInput = {
  providers: ["cpu"],
  threads: 1,
  optimisation: "all",
  rows: 1,
  runs: 100,
  warmUpRuns: 10,
  taskId: "t",
};

it("profiles on request and says what no node accounts for", async () => {
  renderDesk(<ProfileBench source={{ path: "/tmp/model.onnx" }} />);
  await userEvent.click(screen.getByTestId("profile-run"));
  await screen.findByTestId("profile-result", {}, { timeout: 4000 });
  expect(screen.getByTestId("profile-ops").textContent).toContain("Outside of nodes");
  expect(screen.getAllByTestId("op-bar")[0]?.textContent).toContain("Conv");
  expect(screen.getByTestId("profile-placement").textContent).toContain("As asked");
  expect(screen.getByTestId("profile-memory").textContent).toContain("47.8 MB");
});

it("gives every node of the file its part of the time, bodies included", () => {
  const report = profileReport("m", input);
  const [conv] = report.nodes.filter((node) => node.op === "Conv");
  const node = conv as NodeProfile;
  const body = (share: number, name: string): NodeProfile => ({ ...node, name, share });
  const inner = [{ node: 5, attribute: "then_branch" }];
  report.nodes = [
    { ...body(0.1, "if1"), origin: { kind: "same", nodes: [{ way: [], node: 5, name: "if1", op: "If" }] } },
    {
      ...body(0.2, "exp"),
      within: 0,
      origin: { kind: "same", nodes: [{ way: inner, node: 0, name: "exp", op: "Exp" }] },
    },
    {
      ...body(0.4, "fused"),
      origin: { kind: "fused", nodes: [1, 2].map((at) => ({ way: [], node: at, name: `n${at}`, op: "Add" })) },
    },
    { ...body(0.2, "ReorderOutput"), origin: { kind: "inserted", nodes: [] } },
  ];
  const shares = timeShares({ path: "m" }, report);
  const main = shares.graphs.get(wayKey([]));
  expect([1, 2, 5].map((at) => main?.get(at))).toEqual([0.2, 0.2, 0.1 + 0.2]);
  expect(shares.graphs.get(wayKey(inner))?.get(0)).toBe(0.2);
  expect(unmatchedShare(report)).toBe(0.2);
  expect(originText(report.nodes[2] as NodeProfile)).toBe("fused from Add n1, Add n2");
});

it("joins operations only where the dims of the run are certain", () => {
  const report = profileReport("m", input);
  const dims = (...values: number[]) => values.map((value, at) => ({ name: `d${at}`, value }));
  expect(dimsOf([], report)).toEqual([]);
  expect(dimsOf(dims(1), { ...report, batch: 8 })).toEqual(dims(8));
  expect(dimsOf(dims(3, 5), report)).toEqual(dims(1, 1));
  expect(dimsOf(dims(3, 5), { ...report, batch: 8 })).toBeNull();
  expect(dimsOf(dims(3, 5), { ...report, inputs: "logged input example" })).toBeNull();
  const node = report.nodes[1] as NodeProfile;
  const of = (at: number) => ({ way: [], node: at, name: "", op: "Add" });
  const fused = (...nodes: number[]): NodeProfile => ({ ...node, origin: { kind: "fused", nodes: nodes.map(of) } });
  const cost = { byGraph: [{ way: [], nodes: [1, 2], flops: [10, 5] }] } as unknown as ModelCost;
  expect([...flopsOf(cost, [fused(1, 2), fused(2, 3), fused()])]).toEqual([[0, 15]]);
});

it("keeps the sight within the run and finds calls on their lanes", () => {
  const whole = { from: 0, to: 1000 };
  expect(zoomedSight(whole, 0.5, 0, whole)).toEqual({ from: 0, to: 500 });
  expect(zoomedSight({ from: 800, to: 1000 }, 1, 0, whole, 500)).toEqual({ from: 800, to: 1000 });
  expect(zoomedSight({ from: 800, to: 1000 }, 100, 0.5, whole)).toEqual(whole);
  const call = { node: 0, startUs: 10, durationUs: 20, depth: 0, thread: 0 };
  const calls = [call, { ...call, node: 1, startUs: 12, durationUs: 0, depth: 1 }, { ...call, node: 2, thread: 1 }];
  expect(laneCount(calls)).toBe(3);
  expect([0, 1, 2, 3].map((lane) => callAt(calls, 13, lane, 2)?.node ?? null)).toEqual([0, 1, 2, null]);
  expect(ticks({ from: 0, to: 1000 }, 5)).toEqual([0, 200, 400, 600, 800, 1000]);
});

it("puts times and shares in words", () => {
  expect([0.4, 12.04, 1240].map(formatUs)).toEqual(["0.40 µs", "12.0 µs", "1.24 ms"]);
  expect([0, 0.0004, 0.0712].map(shareText)).toEqual(["0 %", "< 0.1 %", "7.1 %"]);
});
