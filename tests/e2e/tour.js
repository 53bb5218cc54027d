// A picture of every tab of the demo workspace, for `cargo xtask run` where there is no display.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { byId, byIdWith, clickRow, eventually, openTab, openWindow, photograph, root, settled, sleep } from "./harness.js";

const dataDir = process.env.DRYDOCK_DATA_DIR ?? join(root, "target/demo");
const pictures = process.env.DRYDOCK_PICTURES ?? join(root, "target/tour");
const MODEL = "regime-classifier";

const app = await openWindow(dataDir);
const { browser } = app;

async function picture(name, what) {
  // The page is ahead of the screen: let it draw some frames before asking whether the screen stands still.
  await browser.executeAsync((done) => {
    let frames = 6;
    const next = () => (frames-- > 0 ? requestAnimationFrame(next) : done());
    next();
  });
  await settled();
  const file = join(pictures, `${name}.png`);
  photograph(file);
  console.log(`${"picture".padEnd(22)} ${file}  ${what}`);
}

/** Presses one of the elements with this test id, if there is any. */
async function press(id, limitMs = 5000) {
  const element = await byId(browser, id, limitMs);
  await element.click();
}

/** Asks the endpoint again and again, two clients at once; resolves with how many answers came. */
async function traffic(address, body, durationMs) {
  const until = Date.now() + durationMs;
  const url = `${address.match(/http:\/\/[\d.:]+/)[0]}/invocations`;
  const client = async () => {
    let answered = 0;
    while (Date.now() < until) {
      const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
      await answer.arrayBuffer();
      if (!answer.ok) throw new Error(`the endpoint answered ${answer.status}`);
      answered += 1;
      await sleep(8);
    }
    return answered;
  };
  return (await Promise.all([client(), client()])).reduce((a, b) => a + b);
}

try {
  mkdirSync(pictures, { recursive: true });
  await eventually("the first screen", () => browser.execute((name) => document.body.innerText.includes(name), MODEL));

  await openTab(browser, "Training");
  await eventually("the runs", () => browser.execute(() => document.body.innerText.includes("mlp-")));
  await picture("training", "runs of the experiment and their curves");
  await press("toggle-theme");
  await picture("training-light", "the same in the light theme");
  await press("toggle-theme");

  await openTab(browser, "Registry");
  await clickRow(browser, "model-row", MODEL);
  await byIdWith(browser, "version-row", "v1");
  await picture("registry", "versions, stages, gate evidence");

  await press("inspect-open");
  await byId(browser, "inspect-sheet");
  await picture("inspect", "the model's graph, read without running it");
  await browser.keys("Escape");

  await press("benchmark-open");
  await press("benchmark-run");
  await byId(browser, "benchmark-report", 30_000);
  await picture("benchmark", "latency with its bounds on this machine");
  await browser.keys("Escape");

  await clickRow(browser, "version-row", "v2");
  await press("deploy-open");
  await byId(browser, "plan-table");
  await picture("deploy", "what deploying v2 would change");
  await browser.keys("Escape");

  await openTab(browser, "Deployment");
  await byIdWith(browser, "endpoint-card", MODEL);
  const address = await (await byIdWith(browser, "endpoint-address", "http://")).getProperty("innerText");
  await picture("deployment", "the staging endpoint");

  await press("try-open");
  await press("try-send");
  await byId(browser, "try-response");
  const body = await (await byId(browser, "try-body")).getValue();
  await picture("try-it", "a prediction by the endpoint");
  await browser.keys("Escape");

  // Real requests for a few seconds: a monitor without traffic has nothing true to show.
  const requests = traffic(address, body, 9000);
  await openTab(browser, "Monitoring");
  console.log(`${"traffic".padEnd(22)} ${await requests} predictions asked of the endpoint`);
  await sleep(1200);
  await picture("monitoring", "request rate, latency, errors");
} catch (error) {
  photograph(join(pictures, "failed.png"));
  console.error(error);
  process.exitCode = 1;
} finally {
  await app.close();
}
