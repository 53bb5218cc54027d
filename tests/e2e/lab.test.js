// The model lab, end to end in the real window: one file is dropped, looked at, run, measured, and its report kept.
// No workspace is asked and nothing is registered: this is what a quant does with a file that a colleague sent.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe } from "node:test";
import { drop } from "./drop.js";
import { byId, byIdWith, eventually, inNativeWindow, openWindow, photograph, root, runPython, scratch, settled, showing, steps } from "./harness.js";

/** Where pictures of each bench go, in both themes; for people to look at, no test compares them. */
const PICTURES = join(root, "target/e2e/lab");

describe("the model lab", { timeout: 600_000 }, () => {
  const work = scratch("lab");
  const model = join(work, "tower.onnx");
  let app;
  let browser;

  before(async () => {
    mkdirSync(PICTURES, { recursive: true });
    app = await openWindow(join(work, "data"));
    browser = app.browser;
    await runPython([join(root, "tests/e2e/make_onnx.py"), model, "--tower", "24"], app.address);
  });

  after(async () => {
    await app?.close();
  });

  const step = steps(() => browser);
  const textOf = (id) => browser.execute((wanted) => document.querySelector(`[data-testid="${wanted}"]`)?.textContent ?? "", id);
  const bench = async (name) => (await showing(browser, '[role="tab"]', name)).click();
  const press = async (id) => (await byId(browser, id)).click();

  /** Some pictures are taken of what moves no more; what still does is photographed as it is. */
  async function pictured(name) {
    for (const theme of ["dark", "light"]) {
      await settled().catch(() => {});
      photograph(join(PICTURES, `${name}-${theme}.png`));
      await browser.execute(() => document.querySelector('[data-testid="toggle-theme"]').click());
    }
  }

  step("a file is dropped and opens in the lab", async () => {
    await drop(model, app.env);
    await byId(browser, "inspect-sheet");
    await eventually("its facts", async () => (await textOf("inspect-facts")).includes("Parameters"));
    await pictured("overview");
  });

  step("a node is found in the graph, and its weight is opened", async () => {
    await bench("Graph");
    await byIdWith(browser, "graph-count", "98 nodes, 1 repeated block");
    const search = await byId(browser, "graph-search");
    await search.setValue("op:MatMul name:layers.7/");
    await byIdWith(browser, "graph-found", "1");
    await browser.keys("Enter");
    await byIdWith(browser, "node-panel", "/layers.7/mix");
    await showing(browser, '[data-testid="node-panel"] button', "Values").then((button) => button.click());
    await eventually("the weight", async () => /9 values/.test(await textOf("weight-report")));
    await pictured("graph");
  });

  step("its cost is counted, and nothing is guessed", async () => {
    await bench("Cost");
    // 24 products of a row with a 3 x 3 matrix are 24 x 9 multiplications and as many additions, and more besides.
    await eventually("the figures", async () => /Parameters\s*216/.test(await textOf("cost-tiles")));
    await pictured("cost");
  });

  step("it runs in a worker with generated inputs", async () => {
    await bench("Run");
    await press("run-start");
    await eventually("the outputs", async () => (await textOf("run-summary")).length > 0, 30_000);
    assert.ok((await browser.$$('[data-testid="run-output-row"]').length) > 0);
    await pictured("run");
  });

  step("it is measured, and the report is kept as a file", async () => {
    await bench("Benchmark");
    await press("benchmark-run");
    await byId(browser, "benchmark-report", 120_000);
    await pictured("benchmark");
    const file = join(work, "report.json");
    await press("benchmark-save");
    await inNativeWindow("Save", ["key", "ctrl+a"], ["type", "--delay", "5", file], ["key", "Return"]);
    await eventually("the report", () => existsSync(file) && readFileSync(file, "utf8").trim().endsWith("}"));
    const report = JSON.parse(readFileSync(file, "utf8"));
    assert.ok(JSON.stringify(report).includes("p99"));
  });

  step("the way back leads to the page", async () => {
    await browser.keys("Escape");
    await eventually("the lab gone", async () => !(await browser.$('[data-testid="inspect-sheet"]').isExisting()));
  });
});
