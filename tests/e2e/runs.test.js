// A run whole, in the real window: files of every kind, notes, tags, comparison, trash and the way back.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe } from "node:test";
import { byId, byIdWith, eventually, inNativeWindow, openTab, openWindow, root, runPython, scratch, showing, sleep, steps } from "./harness.js";

describe("runs", { timeout: 600_000 }, () => {
  const dataDir = join(scratch("runs"), "data");
  let app;
  let browser;
  let made;

  before(async () => {
    app = await openWindow(dataDir);
    browser = app.browser;
    made = await runPython([join(root, "tests/e2e/log_artifacts.py"), "files"], app.address);
  });

  after(async () => {
    await app?.close();
  });

  const rest = async (path, body) =>
    (await fetch(`${app.address}/api/2.0/mlflow/${path}`, body ? { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) } : {})).json();
  const run = async () => (await rest(`runs/get?run_id=${made.runs["all-kinds"]}`)).run;
  const shows = (text) => browser.execute((wanted) => document.body.innerText.includes(wanted), text);
  const press = async (id) => (await byId(browser, id)).click();
  /** A virtual row moves under WebDriver's pointer; the page's own click does not. */
  const click = (css, text = "") =>
    eventually(`${css} ${text}`, () =>
      browser.execute(
        (selector, wanted) => {
          const found = [...document.querySelectorAll(selector)].find((each) => each.innerText.includes(wanted));
          found?.click();
          return Boolean(found);
        },
        css,
        text,
      ),
    );
  const open = async (path) => {
    const parts = path.split("/");
    for (let depth = 1; depth < parts.length; depth += 1) {
      const folder = parts.slice(0, depth).join("/");
      await eventually(`folder ${folder}`, () =>
        browser.execute((wanted) => {
          const found = document.querySelector(`[data-testid="artifact-folder"][data-path="${wanted}"]`);
          if (found?.getAttribute("aria-expanded") === "false") found.click();
          return found?.getAttribute("aria-expanded") === "true";
        }, folder),
      );
    }
    await click(`[data-testid="artifact-row"][data-path="${path}"]`);
    return eventually(`the kind of ${path}`, () =>
      browser.execute((wanted) => {
        const viewer = document.querySelector('[data-testid="artifact-viewer"]');
        return viewer?.getAttribute("aria-label") === wanted ? viewer.dataset.kind : null;
      }, path),
    );
  };

  const step = steps(() => browser);

  step("a run shows its notes as Markdown, its dataset and its lineage", async () => {
    await openTab(browser, "Training");
    if (!(await shows("all-kinds"))) await click('[data-testid="experiment-row"]', "files");
    await click('[aria-label="Open all-kinds"]');
    await byId(browser, "run-overview");
    await eventually("the note's heading", () => browser.execute(() => document.querySelector(".markdown h4")?.innerText === "What changed"));
    assert.ok(await shows('<img src=x onerror="window.__escaped = true">'), "raw HTML stays text");
    assert.equal(await browser.execute(() => document.querySelectorAll(".markdown img").length), 0);
    await byIdWith(browser, "dataset-input", "fx-1m");
    await byIdWith(browser, "run-lineage", "viewer-model v1");
  });

  step("a tag is added and the note edited; both are on the server", async () => {
    await press("tag-add");
    await (await byId(browser, "tag-key")).setValue("reviewed_by");
    await (await byId(browser, "tag-value")).setValue("lead");
    await press("tag-save");
    const tags = async () => Object.fromEntries((await run()).data.tags.map(({ key, value }) => [key, value]));
    await eventually("the tag on the server", async () => (await tags()).reviewed_by === "lead");
    await press("run-notes-edit");
    // The driver empties a field and types at once, and sometimes into what stood there.
    await eventually("the note typed", async () => {
      const input = await byId(browser, "run-notes-input");
      await input.setValue("Short **note**");
      return (await input.getValue()) === "Short **note**";
    });
    await press("run-notes-save");
    await eventually("the note on the server", async () => (await tags())["mlflow.note.content"] === "Short **note**");
    await eventually("the note on the screen", () => browser.execute(() => document.querySelector(".markdown strong")?.innerText === "note"));
  });

  step("Parquet and CSV open as tables that go on as one scrolls", async () => {
    await showing(browser, '[role="tab"]', "Artifacts").then((tab) => tab.click());
    assert.equal(await open("data/bars.parquet"), "parquet");
    await byIdWith(browser, "table-rows", `of ${made.parquet_rows.toLocaleString("en-US")} rows`);
    const text = await browser.execute(() => document.querySelector('[data-testid="artifact-viewer"]').innerText);
    for (const part of ["timestamp[", "float64", "float32", "int64", "2025-07-01 00:00:00"]) assert.ok(text.includes(part), `${part} in ${text.slice(0, 400)}`);
    await browser.execute(() => {
      const grid = document.querySelector('[data-testid="artifact-viewer"] [role="grid"]');
      grid.scrollTop = grid.scrollHeight;
    });
    await byIdWith(browser, "table-rows", "1,000 of");
    assert.equal(await open("data/trades.csv"), "csv");
    await byIdWith(browser, "table-rows", "500 of more rows read");
  });

  step("a picture is drawn", async () => {
    assert.equal(await open("reports/confusion.png"), "image");
    await byId(browser, "artifact-image");
    await eventually("its pixels", () => browser.execute(() => document.querySelector('[data-testid="artifact-image"]').naturalWidth === 240));
  });

  step("an HTML page is shown, and its script does not run", async () => {
    assert.equal(await open("reports/factors.html"), "html");
    const frame = await byId(browser, "html-frame");
    assert.equal(await frame.getAttribute("sandbox"), "");
    await browser.switchFrame(frame);
    await eventually("the page in the frame", async () => (await browser.$("h1").getText()) === "Factor exposures");
    assert.equal(await browser.$("#ran").getText(), "scripts did not run");
    await browser.switchFrame(null);
    assert.equal(await browser.execute(() => window.__escaped ?? "nothing"), "nothing");
  });

  step("JSON folds, YAML and text are read in pieces, and what cannot be shown says what it is", async () => {
    assert.equal(await open("config.json"), "json");
    await byIdWith(browser, "json-tree", "horizon_minutes");
    assert.equal(await open("nan.json"), "json");
    await eventually("why it is no JSON", () => shows("which JSON has no number for"));
    assert.equal(await open("env.yaml"), "yaml");
    await byIdWith(browser, "text-lines", "dependencies");
    assert.equal(await open("train.log"), "text");
    await byIdWith(browser, "text-read", "of 889 kB read");
    await press("text-more");
    await byIdWith(browser, "text-read", "20,000 lines, all read");
    assert.equal(await open("empty.txt"), "empty");
    await eventually("the empty file", () => shows("This file is empty"));
    assert.equal(await open("scaler.pkl"), "binary");
    await eventually("the pickle", () => shows("reading a pickle can run code"));
    assert.equal(await open("broken.parquet"), "parquet");
    await eventually("the damage", () => shows("cannot be read as a table"));
  });

  step("an ONNX file opens the inspect sheet", async () => {
    assert.equal(await open("net/gemm.onnx"), "onnx");
    await press("artifact-inspect");
    await byIdWith(browser, "inspect-sheet", "runs only in a sandboxed worker");
    await browser.keys("Escape");
  });

  step("metrics show their shape, and a click opens the chart", async () => {
    await showing(browser, '[role="tab"]', "Metrics").then((tab) => tab.click());
    await eventually("a history", () => browser.execute(() => (document.querySelector('[data-testid="metric-spark"] path')?.getAttribute("d") ?? "").length > 100));
    await click('[data-testid="metric-row"][data-row-key="grad_norm"] [data-testid="metric-spark"]');
    await eventually("the chart first", () => browser.execute(() => document.querySelector('[data-testid="chart-card"]')?.getAttribute("aria-label") === "grad_norm"));
  });

  step("checked runs are compared, and only what differs is listed", async () => {
    await press("compare-runs");
    await byId(browser, "compare-sheet");
    await eventually("a differing parameter", () => browser.execute(() => [...document.querySelectorAll('[data-testid="compare-row"]')].some((row) => row.innerText.startsWith("dropout"))));
    assert.ok(!(await browser.execute(() => [...document.querySelectorAll('[data-testid="compare-row"]')].some((row) => row.innerText.startsWith("states")))), "equal parameters stay out");
    await browser.keys("Escape");
  });

  step("a chart zooms to the points as they were logged, and back to all of them", async () => {
    const POINTS = 8_000;
    const { experiment_id } = await rest("experiments/create", { name: "zoom" });
    const { run: long } = await rest("runs/create", { experiment_id, run_name: "long", start_time: 1_760_000_000_000 });
    for (let from = 0; from < POINTS; from += 1_000) {
      const metrics = Array.from({ length: 1_000 }, (_, i) => ({ key: "ic", value: Math.sin((from + i) / 900), timestamp: 1_760_000_000_000 + from + i, step: from + i }));
      await rest("runs/log-batch", { run_id: long.info.run_id, metrics });
    }
    await rest("runs/update", { run_id: long.info.run_id, status: "FINISHED", end_time: 1_760_000_008_000 });
    await click('[data-testid="experiment-row"]', "zoom");
    await byIdWith(browser, "reduction-note", `of ${POINTS.toLocaleString("en-US")} points; every extreme kept`);
    await byIdWith(browser, "chart-card", "ic");
    const heights = () => browser.execute(() => document.querySelector('[data-testid="chart-card"]').clientHeight);
    const before = await heights();
    const over = (kind) =>
      browser.execute((event) => {
        const plot = document.querySelector('[data-testid="chart-card"] .u-over');
        const box = plot.getBoundingClientRect();
        const at = { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2, bubbles: true, cancelable: true };
        plot.dispatchEvent(event === "wheel" ? new WheelEvent("wheel", { ...at, deltaY: -240 }) : new MouseEvent("dblclick", at));
      }, kind);
    const note = () => browser.execute(() => document.querySelector('[data-testid="zoom-note"]')?.innerText ?? "");
    await eventually("raw points", async () => {
      if ((await note()).includes("each as it was logged")) return true;
      await over("wheel");
      // The finer part is read once the wheel has rested.
      await sleep(600);
      return false;
    }, 30_000);
    const inView = Number(/([\d,]+) points in view/.exec(await note())[1].replaceAll(",", ""));
    assert.ok(inView > 10 && inView < POINTS, `${inView} points in view`);
    assert.equal(await heights(), before, "zooming moved the charts");
    await over("dblclick");
    await eventually("the zoom gone", async () => (await note()) === "");
    await byIdWith(browser, "reduction-note", `of ${POINTS.toLocaleString("en-US")} points; every extreme kept`);
    await click('[data-testid="experiment-row"]', "files");
    await byIdWith(browser, "run-row", "all-kinds");
  });

  step("the table is exported: the file on disk has its rows", async () => {
    const file = join(scratch("export"), "runs.csv");
    await press("bulk-menu");
    await press("bulk-export-open");
    await showing(browser, '[data-testid="bulk-export"] [role="radio"]', "All in the experiment").then((option) => option.click());
    await press("confirm");
    await inNativeWindow("Export runs", ["key", "ctrl+a"], ["type", "--delay", "5", file], ["key", "Return"]);
    await eventually("the file", () => existsSync(file) && readFileSync(file, "utf8").trim().split("\n").length === 6);
    const [head, ...rows] = readFileSync(file, "utf8").trim().split("\n");
    const columns = head.split(",");
    assert.equal(columns[0], "run_id");
    assert.deepEqual(rows.map((row) => row.split(",")[0]).toSorted(), Object.values(made.runs).toSorted());
    const ic = columns.findIndex((column) => column.endsWith("metrics.ic") || column === "metrics.`ic`");
    assert.ok(ic > 0, head);
    const wanted = (await run()).data.metrics.find((metric) => metric.key === "ic").value;
    const exported = rows.find((row) => row.startsWith(made.runs["all-kinds"])).split(",")[ic];
    assert.equal(Number(exported), wanted, "every digit is kept");
  });

  step("all runs in the filter are tagged, beyond those checked", async () => {
    await press("bulk-menu");
    await press("bulk-tag-open");
    await showing(browser, '[data-testid="bulk-tag"] [role="radio"]', "All in the experiment").then((option) => option.click());
    await (await byId(browser, "bulk-tag-key")).setValue("campaign");
    await (await byId(browser, "bulk-tag-value")).setValue("2026-q1");
    await press("confirm");
    await eventually("five tagged runs", async () => {
      const found = await rest("runs/search", { experiment_ids: [made.experiment_id], filter: "tags.campaign = '2026-q1'" });
      return found.runs?.length === 5;
    });
  });

  const artifacts = async () => {
    await openTab(browser, "Training");
    await click('[data-testid="experiment-row"]', "files");
    await click('[aria-label="Open all-kinds"]');
    await showing(browser, '[role="tab"]', "Artifacts").then((tab) => tab.click());
  };
  const bytesOf = async (path) => {
    const answer = await fetch(`${app.address}/get-artifact?run_uuid=${made.runs["all-kinds"]}&path=${path}`);
    return answer.ok ? Buffer.from(await answer.arrayBuffer()) : null;
  };

  step("a copy of a file is saved, byte for byte", async () => {
    const file = join(scratch("saved"), "copy.parquet");
    await artifacts();
    await open("data/bars.parquet");
    await press("artifact-save");
    await inNativeWindow("Save a copy", ["key", "ctrl+a"], ["type", "--delay", "5", file], ["key", "Return"]);
    const wanted = await bytesOf("data/bars.parquet");
    await eventually("the copy", () => existsSync(file) && readFileSync(file).equals(wanted));
  });

  step("files go to the trash, are seen there, and come back with the same bytes", async () => {
    const [picture, table] = [await bytesOf("reports/confusion.png"), await bytesOf("data/bars.parquet")];
    await artifacts();
    await open("reports/confusion.png");
    await press("artifact-trash");
    await eventually("the picture gone", async () => (await bytesOf("reports/confusion.png")) === null);
    await click('[data-path="data"] [data-testid="artifact-folder-trash"]');
    await eventually("the folder gone", async () => (await bytesOf("data/bars.parquet")) === null);
    // A registered version stands on these: they stay.
    await open("model/MLmodel");
    await press("artifact-trash");
    await byIdWith(browser, "toast", "belongs to viewer-model v1");
    await press("panel-trash");
    const folder = await byIdWith(browser, "trashed-artifacts", "data/");
    assert.match(await folder.getText(), /of all-kinds\s*2 files, .+(ago|just now) by /s);
    // Messages may lie over the buttons.
    const restore = (path) =>
      eventually(`${path} to restore`, () =>
        browser.execute((wanted) => {
          const found = [...document.querySelectorAll('[data-testid="trashed-artifacts"]')].find((each) => each.innerText.includes(wanted));
          found?.querySelector("button").click();
          return Boolean(found);
        }, path),
      );
    await restore("data/");
    await eventually("the folder back", async () => (await bytesOf("data/bars.parquet"))?.equals(table));
    await restore("reports/confusion.png");
    await eventually("the picture back", async () => (await bytesOf("reports/confusion.png"))?.equals(picture));
    await eventually("the empty trash", () => shows("The trash is empty"));
  });

  step("a run goes to the trash, is seen there with who and when, and comes back", async () => {
    const lifecycle = async (name) => (await rest(`runs/get?run_id=${made.runs[name]}`)).run.info.lifecycle_stage;
    await click('[data-testid="experiment-row"]', "files");
    await click('[aria-label="Open other-seed"]');
    await click('[data-testid="run-trash"]');
    await eventually("the run deleted", async () => (await lifecycle("other-seed")) === "deleted");
    await press("panel-trash");
    const row = await byIdWith(browser, "trashed-run", "other-seed");
    assert.match(await row.getText(), /ago by |just now by /);
    await click('[data-testid="trashed-run"] [data-testid="trashed-check"]');
    await click('[data-testid="restore-runs"]');
    await eventually("the run back", async () => (await lifecycle("other-seed")) === "active");
    await eventually("the empty trash", () => shows("The trash is empty"));
  });

  step("an experiment goes to the trash with its runs and comes back by Undo", async () => {
    await click('[data-testid="experiment-row"]', "files");
    await click('[data-testid="experiment-menu"]');
    await press("experiment-trash");
    const stage = async () => (await rest(`experiments/get?experiment_id=${made.experiment_id}`)).experiment.lifecycle_stage;
    await eventually("the experiment deleted", async () => (await stage()) === "deleted");
    // An older message may still offer to undo something else.
    const toast = await byIdWith(browser, "toast", "files moved to the trash");
    await (await toast.$("button=Undo")).click();
    await eventually("the experiment back", async () => (await stage()) === "active");
  });
});
