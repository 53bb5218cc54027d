// Starts the real desktop window under WebKitWebDriver, and the Python clients beside it.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { remote } from "webdriverio";

const here = dirname(fileURLToPath(import.meta.url));
export const root = resolve(here, "../..");
const target = resolve(process.env.CARGO_TARGET_DIR ?? join(root, "target"));
export const desktop = process.env.DRYDOCK_DESKTOP ?? join(target, "debug/drydock-desktop");
export const cli = process.env.DRYDOCK_CLI ?? join(target, "debug/drydock");
export const python = process.env.DRYDOCK_PYTHON ?? join(target, "venv/mlflow317/bin/python");

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export function scratch(name) {
  return mkdtempSync(join(tmpdir(), `drydock-${name}-`));
}

export function freePort() {
  return new Promise((done, fail) => {
    const socket = createServer();
    socket.once("error", fail);
    socket.listen(0, "127.0.0.1", () => {
      const { port } = socket.address();
      socket.close(() => done(port));
    });
  });
}

/** The first truthy answer of `probe`, or an error that says what was waited for. */
export async function eventually(what, probe, limitMs = 15_000) {
  const until = Date.now() + limitMs;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > until) throw new Error(`${what}: not within ${limitMs} ms`);
    await sleep(25);
  }
}

/** Folders of its own for everything that the app and WebKit remember. */
function surroundings(home) {
  const folders = {};
  for (const name of ["XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"]) {
    folders[name] = join(home, name.toLowerCase());
    mkdirSync(folders[name], { recursive: true, mode: 0o700 });
  }
  // The cache that moved away holds ONNX Runtime; xtask names the library, a run by hand finds it where xtask put it.
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const runtime = process.env.DRYDOCK_ONNXRUNTIME ?? join(cache, "drydock/onnxruntime/1.30.0");
  return { ...process.env, ...folders, DRYDOCK_ONNXRUNTIME: runtime };
}

/** Where the process that hosts this workspace listens: it writes so itself. */
export async function hostOf(dataDir) {
  const file = join(dataDir, "host.json");
  return eventually("the embedded server", async () => {
    if (!existsSync(file)) return null;
    try {
      const { address } = JSON.parse(readFileSync(file, "utf8"));
      const answer = await fetch(`${address}/health`);
      return answer.ok ? address : null;
    } catch {
      return null;
    }
  });
}

/**
 * A window on `dataDir`, with an automation session in it. WebKitWebDriver starts the binary itself; without
 * TAURI_WEBVIEW_AUTOMATION the web view refuses to be driven and the session would hang.
 */
export async function openWindow(dataDir, { home = scratch("home"), args = [], ownBus = false } = {}) {
  if (!existsSync(desktop)) throw new Error(`${desktop} is missing: build it first`);
  const port = await freePort();
  const env = { ...surroundings(home), TAURI_WEBVIEW_AUTOMATION: "true" };
  const log = openSync(join(home, "driver.log"), "a");
  // On one session bus a second app hands over to the first; a second window of a test is a second user's.
  const [program, ...first] = ownBus ? ["dbus-run-session", "--", "WebKitWebDriver"] : ["WebKitWebDriver"];
  const driver = spawn(program, [...first, `--port=${port}`], { env, stdio: ["ignore", log, log], detached: true });
  const end = () => {
    try {
      process.kill(-driver.pid);
    } catch {
      // gone already
    }
  };
  try {
    await eventually("WebKitWebDriver", async () => {
      try {
        return (await fetch(`http://127.0.0.1:${port}/status`)).ok;
      } catch {
        return false;
      }
    });
    const browser = await remote({
      hostname: "127.0.0.1",
      port,
      logLevel: "error",
      connectionRetryCount: 0,
      connectionRetryTimeout: 60_000,
      capabilities: {
        "wdio:enforceWebDriverClassic": true,
        "webkitgtk:browserOptions": { binary: desktop, args: [...(dataDir ? ["--data-dir", dataDir] : []), ...args] },
      },
    });
    const address = dataDir ? await hostOf(dataDir) : null;
    const close = async () => {
      await browser.deleteSession().catch(() => {});
      end();
      // A window that still goes away would be taken for the running one by the next start.
      await eventually("the end of the window", () => {
        try {
          process.kill(-driver.pid, 0);
          return false;
        } catch {
          return true;
        }
      });
    };
    return { browser, address, env, home, close };
  } catch (error) {
    end();
    throw new Error(`${error.message}\n${readFileSync(join(home, "driver.log"), "utf8").slice(-4000)}`);
  }
}

/** Runs a Python program with the client's tracking address set; resolves with the JSON of its last line. */
export function runPython(args, address, env = {}) {
  return new Promise((done, fail) => {
    const child = spawn(python, ["-W", "ignore", ...args], {
      cwd: root,
      env: { ...process.env, MLFLOW_TRACKING_URI: address, MLFLOW_HTTP_REQUEST_MAX_RETRIES: "1", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let err = "";
    child.stdout.on("data", (data) => (out += data));
    child.stderr.on("data", (data) => (err += data));
    child.on("close", (code) => {
      if (code !== 0) return fail(new Error(`${args.join(" ")} ended with ${code}\n${out}\n${err}`));
      done(JSON.parse(out.trim().split("\n").at(-1)));
    });
  });
}

/** The element with this data-testid, once it is displayed. */
export async function byId(browser, id, limitMs = 15_000) {
  const element = browser.$(`[data-testid="${id}"]`);
  await element.waitForDisplayed({ timeout: limitMs, timeoutMsg: `${id} never showed` });
  return element;
}

/** The first element that fits `selector` and shows `text`; the page itself looks, which is one call instead of many. */
export async function showing(browser, selector, text, limitMs = 15_000) {
  return eventually(`${selector} with "${text}"`, async () => {
    const find = (css, wanted) => [...document.querySelectorAll(css)].findIndex((element) => element.innerText.includes(wanted));
    const index = await browser.execute(find, selector, text);
    return index < 0 ? null : browser.$$(selector)[index];
  }, limitMs);
}

/** The element with this data-testid that shows `text`. */
export function byIdWith(browser, id, text, limitMs = 15_000) {
  return showing(browser, `[data-testid="${id}"]`, text, limitMs);
}

/** A table row takes a click on its first cell: WebKit calls the row itself not interactable. */
export async function clickRow(browser, id, text) {
  const row = await byIdWith(browser, id, text);
  await row.$("td").click();
  return row;
}

export async function openTab(browser, name) {
  await (await byId(browser, `tab-${name.toLowerCase()}`)).click();
}

/** Waits until the screen holds a picture (not one colour) that has stopped changing, a clock apart. */
export async function settled(limitMs = 15_000) {
  let before = null;
  await eventually("the painted window", async () => {
    await sleep(350);
    const now = execFileSync("import", ["-window", "root", "-resize", "360x225!", "-depth", "8", "rgb:-"], { maxBuffer: 1 << 24 });
    const colours = new Set();
    for (let i = 0; i < now.length; i += 3) colours.add((now[i] << 16) | (now[i + 1] << 8) | now[i + 2]);
    let changed = 0;
    if (before) for (let i = 0; i < now.length; i += 1) changed += Math.abs(now[i] - before[i]) > 24 ? 1 : 0;
    const still = before !== null && changed < now.length / 500;
    before = now;
    return still && colours.size > 200;
  }, limitMs);
}

/** The whole screen, native menu included: what a person would see. */
export function photograph(file) {
  execFileSync("import", ["-window", "root", file]);
}

/** `test`, except that a failure leaves a picture of the screen and the page's words behind; `browserNow` gives the window. */
export function steps(browserNow) {
  return (name, body) =>
    test(name, async () => {
      try {
        await body();
      } catch (error) {
        const folder = join(root, "target/e2e");
        mkdirSync(folder, { recursive: true });
        const file = join(folder, `${name.replaceAll(/\W+/g, "-")}.png`);
        photograph(file);
        const text = await browserNow().execute(() => document.body.innerText);
        error.message += `\n(screen: ${file}; page: ${text.slice(0, 1500)})`;
        throw error;
      }
    });
}

/** Keys for a window that the system drew itself, such as a file dialog: WebDriver sees the page only. */
export async function inNativeWindow(title, ...actions) {
  const id = await eventually(`the window "${title}"`, () => {
    try {
      return execFileSync("xdotool", ["search", "--onlyvisible", "--name", title], { encoding: "utf8" }).trim().split("\n").at(-1);
    } catch {
      return null;
    }
  });
  execFileSync("xdotool", ["windowfocus", "--sync", id]);
  for (const action of actions) execFileSync("xdotool", action);
}
