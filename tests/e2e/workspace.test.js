// Workspaces in the real window: one that another process holds, and a demo that goes away in two clicks.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { byId, cli, desktop, eventually, openWindow, scratch, showing } from "./harness.js";

/** A server that hosts `dataDir`; resolves, once it listens, with the way to stop it. */
async function host(dataDir, ...more) {
  const args = ["server", "--json", "--port", "0", "--data-dir", dataDir, ...more];
  const server = spawn(cli, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((done) => server.once("exit", done));
  await new Promise((done) => createInterface({ input: server.stdout }).once("line", done));
  return async () => {
    server.kill("SIGTERM");
    assert.equal(await ended, 0, "the server stops cleanly");
  };
}

describe("a start without a display", { timeout: 30_000 }, () => {
  test("ends with a sentence that names the display and what to do instead", () => {
    for (const [display, told] of [
      ["", /neither DISPLAY nor WAYLAND_DISPLAY is set/],
      [":9", /DISPLAY=:9 does not answer/],
    ]) {
      const env = { ...process.env, DISPLAY: display, WAYLAND_DISPLAY: "" };
      const start = spawnSync(desktop, ["--data-dir", scratch("dark")], { env, encoding: "utf8" });
      assert.equal(start.status, 3, start.stderr);
      assert.match(start.stderr, told);
      assert.match(start.stderr, /use `drydock server`/);
    }
  });
});

describe("a workspace that another process holds", { timeout: 120_000 }, () => {
  const dataDir = join(scratch("held"), "data");
  let stop;
  let app;

  before(async () => {
    stop = await host(dataDir);
    app = await openWindow(dataDir);
  });
  after(async () => {
    await app?.close();
  });

  test("is named with its holder, and opens once that has gone", async () => {
    const { browser } = app;
    const told = await showing(browser, '[data-testid="workspace-problem"]', "already open in process");
    assert.match(await told.getText(), /close the other Drydock, or pass another --data-dir/);
    await stop();
    await (await showing(browser, '[data-testid="workspace-problem"] button', "Try again")).click();
    await showing(browser, '[data-testid="workspace-menu"]', "My workspace");
  });
});

describe("a demo workspace", { timeout: 120_000 }, () => {
  const dataDir = join(scratch("demo"), "data");
  let app;

  before(async () => {
    // A demo is made by the server that first opens the folder as one.
    const stop = await host(dataDir, "--demo", "Harbour demo");
    await stop();
    app = await openWindow(dataDir);
  });
  after(async () => {
    await app?.close();
  });

  test("is labelled, and its deletion opens the user's own workspace", async () => {
    const { browser } = app;
    await showing(browser, '[data-testid="demo-label"]', "Demo");
    await showing(browser, '[data-testid="workspace-menu"]', "Harbour demo");
    await (await byId(browser, "workspace-menu")).click();
    await (await byId(browser, "delete-demo")).click();
    const confirm = await showing(browser, '[data-testid="delete-demo-dialog"] button', "Delete demo workspace");
    await confirm.click();
    await showing(browser, '[data-testid="workspace-menu"]', "My workspace");
    await eventually("the demo's folder gone", () => !existsSync(dataDir));
    assert.equal(await browser.$('[data-testid="demo-label"]').isExisting(), false);
    // The user's own data stands in the account's data directory, away from the demo.
    assert.ok(existsSync(join(app.env.XDG_DATA_HOME, "drydock/local/drydock.db")));
  });
});
