import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import type { CompareOutputsInput } from "@/lib/api";
import { renderDesk } from "@/mock/desk/render";
import { ProveBench } from "./ProveBench";
import { compareInput, FIRST, otherSide, wrong } from "./settings";
import { shareText, threadsText } from "./words";

const SOURCE = { name: "regime-hmm-fx", version: 14 };

it("never rounds one wrong element up to all of them", () => {
  expect(shareText(3_999_999, 4_000_000)).toBe("99.999975 %");
  expect(shareText(4_000_000, 4_000_000)).toBe("100 %");
  expect(shareText(1, 3)).toBe("33.33 %");
  expect(shareText(0, 0)).toBe("—");
});

it("names threads as people do", () => {
  expect([[1], [4], [0], [1, 4]].map(threadsText)).toEqual(["1 thread", "4 threads", "every core", "1, 4 threads"]);
});

it("says by field what keeps a comparison from beginning", () => {
  expect(wrong(FIRST)).toEqual({ data: "Choose the file that holds rows and expected outputs" });
  expect(wrong({ ...FIRST, data: "/fx.parquet" })).toEqual({});
  expect(Object.keys(wrong({ ...FIRST, data: "/fx.parquet", rtol: "-1", atol: "" }))).toEqual(["rtol", "atol"]);
  expect(Object.keys(wrong({ ...FIRST, against: "level", otherOptimisation: "all" }))).toEqual(["otherOptimisation"]);
  expect(Object.keys(wrong({ ...FIRST, against: "repeat", threads: "1, x" }))).toEqual(["threads"]);
});

it("asks for the other side as it was chosen", () => {
  expect(otherSide(SOURCE, FIRST)).toBeNull();
  const level = otherSide(SOURCE, { ...FIRST, against: "level", otherProvider: "cuda" });
  expect([level?.optimisation, level?.providers]).toEqual(["off", ["cuda", "cpu"]]);
  expect(otherSide(SOURCE, { ...FIRST, against: "model", otherModel: { path: "/b.onnx" } })?.source).toEqual({
    path: "/b.onnx",
  });
  const input = compareInput(SOURCE, { ...FIRST, against: "runtime", library: "/ort.so", rows: "50" });
  expect([input.against?.library, input.rows]).toEqual(["/ort.so", { kind: "generated", rows: 50, seed: 7 }]);
});

it("compares with a file's expected outputs and shows the wrong row", async () => {
  const user = userEvent.setup();
  renderDesk(<ProveBench source={SOURCE} />);
  expect(screen.getByTestId("prove-run")).toHaveProperty("disabled", true);
  await user.click(screen.getByTestId("prove-data"));
  await user.click(screen.getByTestId("prove-run"));
  const verdict = await screen.findByTestId("compare-verdict");
  expect(verdict.textContent).toContain("1 row of 1,000,000 differs beyond the tolerance");
  expect(verdict.dataset.verdict).toBe("fail");
  expect(screen.getAllByTestId("worst-row")[0]?.textContent).toContain("617,342");
  expect(screen.getByTestId("worst-row-detail").textContent).toContain("spread_bps");
  await user.click(screen.getAllByTestId("worst-row")[3] as HTMLElement);
  expect(screen.getByTestId("worst-row-detail").textContent).not.toContain("617,342");
});

it("searches for the first layer only where two sides can be loaded", async () => {
  const user = userEvent.setup();
  const asked = vi.fn();
  renderDesk(<ProveBench source={{ path: "/tmp/a.onnx" }} />, {
    compare_outputs: ({ input }: { input: CompareOutputsInput }) => {
      asked(input.against);
      throw {
        kind: "invalid",
        message: "input 'x': only one of the two models has this input",
        field: null,
        hint: null,
      };
    },
  });
  await user.click(screen.getByTestId("prove-data"));
  await user.click(screen.getByTestId("prove-run"));
  expect((await screen.findByRole("alert")).textContent).toContain("only one of the two models has this input");
  expect(asked).toHaveBeenCalledWith(null);
  expect(screen.queryByTestId("divergence")).toBeNull();
});
