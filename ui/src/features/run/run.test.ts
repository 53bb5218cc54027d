import { describe, expect, it } from "vitest";
import type { RunSetup } from "@/lib/api";
import { cellText } from "./cells";
import { linesOf } from "./lines";
import { asked, changeInput, firstSettings, kindsOf, ofKind, wholeNumber } from "./settings";

const setup: RunSetup = {
  inputs: [],
  generated: { seed: 7, rows: 256, dims: [], inputs: [] },
  fixedRows: null,
  example: null,
};

describe("what is asked for", () => {
  it("begins with the logged example, else with generated rows", () => {
    expect(firstSettings(setup).kind).toBe("generated");
    expect(firstSettings({ ...setup, example: "input_example.json" }).kind).toBe("example");
  });

  it("cannot be asked while a file is missing or a number is none", () => {
    const first = firstSettings(setup);
    expect(asked({ ...first, kind: "file" })).toBeNull();
    expect(asked({ ...first, kind: "json", json: "  " })).toBeNull();
    expect(asked({ ...first, batchRows: "1.5" })).toBeNull();
    expect(asked({ ...first, kind: "file", file: "/a.csv", rowsMax: "10" })).toEqual({
      inputs: { kind: "file", path: "/a.csv" },
      rowsMax: 10,
      batchRows: null,
    });
  });

  it("takes whole numbers only", () => {
    expect(wholeNumber("", 1)).toBeNull();
    expect(wholeNumber("12", 1)).toBe(12);
    expect(wholeNumber("0", 1)).toBe("a whole number of at least 1");
    expect(wholeNumber("x", 1)).toBe("a whole number of at least 1");
  });

  it("offers what an input's type can be", () => {
    const port = { name: "id", kind: "INT64[N]", isTensor: true, isFloat: false, isText: false, indexLimit: 512 };
    expect(kindsOf(port)).toEqual(["integers", "constant"]);
    expect(ofKind("integers", port)).toEqual({ kind: "integers", low: 0, high: 511 });
    expect(kindsOf({ ...port, isText: true })).toEqual(["categories"]);
    const inputs = {
      ...setup.generated,
      inputs: [{ name: "id", distribution: ofKind("constant", port), nanShare: 0, infShare: 0 }],
    };
    expect(changeInput(inputs, "id", { nanShare: 0.5 }).inputs[0]?.nanShare).toBe(0.5);
    expect(changeInput(inputs, "other", { nanShare: 0.5 })).toEqual(inputs);
  });
});

describe("what is shown", () => {
  it("keeps NaN, infinity, text and large whole numbers apart", () => {
    expect(cellText("nan", false)).toBe("NaN");
    expect(cellText("-inf", false)).toBe("−∞");
    expect(cellText("nan", true)).toBe("nan");
    expect(cellText("9223372036854775807", false)).toBe("9223372036854775807");
    expect(cellText("-3", false)).toBe("−3");
    expect(cellText("0.30000001192092896", false)).toBe("0.300000");
    expect(cellText(undefined, false)).toBe("—");
  });

  it("draws the least and the greatest of several rows as two lines of one colour", () => {
    const summary = { series: [{ label: "a", low: [1, null], high: [2, null] }], seriesRows: 10 };
    const { data, series } = linesOf(summary as Parameters<typeof linesOf>[0]);
    expect(data).toEqual([
      [1, 11],
      [1, null],
      [2, null],
    ]);
    expect(series.map((each) => each.id)).toEqual(["0", "0"]);
    expect(linesOf({ ...summary, seriesRows: 1 } as Parameters<typeof linesOf>[0]).series).toHaveLength(1);
  });
});
