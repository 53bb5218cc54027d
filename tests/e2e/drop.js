// A file dropped on the window by a real pointer.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { eventually, root, scratch } from "./harness.js";

let program = null;

/** Built once: WebDriver has no word for a drop from outside. */
function dragSource() {
  if (program) return program;
  const built = join(scratch("drag"), "drag_source");
  const flags = execFileSync("pkg-config", ["--cflags", "--libs", "gtk+-3.0"], { encoding: "utf8" }).trim().split(/\s+/);
  execFileSync("cc", ["-w", "-o", built, join(root, "tests/e2e/drag_source.c"), ...flags]);
  program = built;
  return built;
}

/** A native drop: a small GTK window offers the file as a file manager does, and a real pointer (XTEST) carries it over. */
export async function drop(file, env) {
  const source = spawn(dragSource(), [file, "1350", "800"], { env, stdio: ["ignore", "pipe", "inherit"] });
  const said = [];
  createInterface({ input: source.stdout }).on("line", (line) => said.push(line));
  const pointer = (...args) => execFileSync("xdotool", args);
  try {
    await eventually("the drag source", () => said.includes("ready"));
    pointer("mousemove", "1390", "840", "mousedown", "1");
    for (const [x, y] of [[1380, 830], [1360, 810], [1300, 760], [1100, 650], [900, 520], [720, 450], [716, 448], [712, 446]]) {
      pointer("mousemove", String(x), String(y), "sleep", "0.06");
    }
    pointer("mouseup", "1");
    await eventually("the drop to be taken", () => said.some((line) => line !== "ready"));
    assert.ok(said.includes("dropped"), `the drag ended with: ${said}`);
  } finally {
    source.kill();
  }
}
