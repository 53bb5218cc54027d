// Mock answers of deployment, serving and monitoring. Every figure here is invented for the mock only.
import type {
  AppError,
  Deployment,
  DeploymentPlan,
  DeployOutcome,
  DeployStep,
  Endpoint,
  EndpointStats,
  GateReport,
  StatPoint,
} from "@/bindings";
import { askedGates, currentGateFile, gateReport, keepReport } from "./gates";
import { move, versionIn } from "./registry";
import { hash, noise } from "./shared";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** In the mock a channel arrives as the object itself. */
type Stream = { onmessage: (step: DeployStep) => void };
type Named = { name: string; version: number };

function stats(name: string, windowS: number, rate: number, p50: number): EndpointStats {
  const nowS = Math.floor(Date.now() / 1000);
  const series: StatPoint[] = [];
  let requests = 0;
  for (let second = nowS - windowS + 1; second <= nowS; second += 1) {
    const random = noise(Number.parseInt(hash(`${name}-${second}`).slice(0, 8), 16));
    const count =
      rate === 0 ? 0 : Math.max(0, Math.round(rate * (0.75 + 0.25 * Math.sin(second / 17) + 0.3 * random())));
    requests += count;
    series.push({
      atMs: second * 1000,
      requests: count,
      errors: 0,
      p50Ms: count === 0 ? null : p50 * (0.92 + 0.2 * random()),
      p99Ms: count < 20 ? null : p50 * (1.55 + 0.5 * random()),
    });
  }
  const enough = requests >= 662;
  return {
    windowS,
    requests,
    errors: 0,
    ratePerS: requests / windowS,
    p50Ms: requests === 0 ? null : p50,
    p95Ms: requests < 130 ? null : p50 * 1.4,
    p99Ms: enough ? p50 * 1.72 : null,
    p99Refused: enough ? null : `refused: needs 662 samples, has ${requests}`,
    series,
  };
}

const TRAFFIC: Record<string, [number, number]> = {
  "regime-hmm-fx-staging": [38, 0.41],
  "carry-gru-g10-staging": [0.6, 0.22],
};

const endpoints: Endpoint[] = [];
const deployments: Deployment[] = [];
let seeded = false;

function seed() {
  if (seeded) return;
  seeded = true;
  const nowMs = Date.now();
  endpoints.push(
    endpoint("regime-hmm-fx", 13, 2 * DAY + 3 * HOUR, 12, "http://127.0.0.1:5101"),
    endpoint("carry-gru-g10", 7, 6 * HOUR, null, "http://127.0.0.1:5102"),
  );
  const past = (
    endpointName: string,
    modelName: string,
    version: number,
    outcome: Deployment["outcome"],
    ageMs: number,
    detail: string,
  ): Deployment => ({
    deploymentId: hash(endpointName + ageMs).slice(0, 12),
    endpoint: endpointName,
    modelName,
    version,
    digest: hash(`${modelName}-${version}`),
    action: outcome === "rolled_back" ? "rollback" : outcome === "stopped" ? "stop" : "deploy",
    outcome,
    reason: "candidate of the week",
    actor: "local",
    detail,
    atMs: nowMs - ageMs,
    tookMs: 1400,
  });
  deployments.push(
    past("carry-gru-g10-staging", "carry-gru-g10", 7, "live", 6 * HOUR, ""),
    past("regime-hmm-fx-staging", "regime-hmm-fx", 13, "live", 2 * DAY, ""),
    past("regime-hmm-fx-staging", "regime-hmm-fx", 12, "replaced", 63 * DAY, "replaced by v13"),
    past("regime-hmm-fx-staging", "regime-hmm-fx", 11, "rolled_back", 64 * DAY, "v12 stopped answering"),
    past(
      "regime-hmm-fx-staging",
      "regime-hmm-fx",
      10,
      "refused",
      151 * DAY,
      "Latency p99, single stream: 9.71 ms against ≤ 5 ms",
    ),
  );
}

function endpoint(
  modelName: string,
  version: number,
  upMs: number,
  previousVersion: number | null,
  address: string,
): Endpoint {
  const name = `${modelName}-staging`;
  return {
    name,
    environment: "staging",
    modelName,
    version,
    digest: hash(`${modelName}-${version}`),
    state: "running",
    problem: null,
    address,
    provider: "CPU",
    poolSize: 2,
    startedAtMs: Date.now() - upMs,
    previousVersion,
    servedBy: null,
    stats: stats(name, 60, ...(TRAFFIC[name] ?? [0, 1])),
  };
}

function fresh(item: Endpoint): Endpoint {
  const traffic = item.state === "running" ? (TRAFFIC[item.name] ?? [0, 1]) : [0, 1];
  return { ...item, stats: stats(item.name, 60, traffic[0] as number, traffic[1] as number) };
}

export function endpointOf(modelName: string, version: number): Endpoint | null {
  seed();
  const found = endpoints.find((item) => item.modelName === modelName && item.version === version);
  return found ? fresh(found) : null;
}

function find(name: string): Endpoint {
  seed();
  const found = endpoints.find((item) => item.name === name);
  if (!found)
    throw {
      kind: "not_found",
      message: `Endpoint ${name} does not exist.`,
      field: null,
      hint: null,
    } satisfies AppError;
  return found;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function walkGates({ name, version }: Named, { onmessage: send }: Stream): Promise<GateReport> {
  const verdict = versionIn(name, version).gate?.verdict ?? (name === "spread-fcst" ? "inconclusive" : "pass");
  const report = gateReport(name, version, verdict);
  const gates: [DeployStep["step"], string[]][] = [
    ["fetch", []],
    ["verify", ["digest", "size"]],
    ["load", ["load", "provider"]],
    ["smoke", ["golden"]],
    ["warm", ["latency_p99"]],
  ];
  for (const [step, ids] of gates) {
    send({ step, state: "running", detail: "", check: null });
    await pause(220);
    if (ids.length === 0) send({ step, state: "done", detail: "3 files", check: null });
    for (const check of report.checks.filter((each) => ids.includes(each.id)))
      send({ step, state: check.verdict === "fail" ? "failed" : "done", detail: check.measured, check });
  }
  return report;
}

function record(
  item: Endpoint,
  action: Deployment["action"],
  outcome: Deployment["outcome"],
  reason: string,
  detail: string,
) {
  deployments.unshift({
    deploymentId: hash(item.name + Date.now()).slice(0, 12),
    endpoint: item.name,
    modelName: item.modelName,
    version: item.version,
    digest: item.digest,
    action,
    outcome,
    reason,
    actor: "local",
    detail,
    atMs: Date.now(),
    tookMs: 900,
  });
}

export const deploymentHandlers = {
  list_endpoints: () => {
    seed();
    return endpoints.map(fresh);
  },
  list_deployments: () => {
    seed();
    return [...deployments];
  },
  plan_deployment: ({ input }: { input: Named }): DeploymentPlan => {
    seed();
    const version = versionIn(input.name, input.version);
    const running = endpoints.find((item) => item.modelName === input.name);
    const before = running ? versionIn(input.name, running.version) : null;
    return {
      modelName: input.name,
      version: input.version,
      endpointName: `${input.name}-staging`,
      now:
        running && before
          ? {
              version: running.version,
              stage: before.stage,
              digest: running.digest,
              sizeBytes: before.sizeBytes,
              address: running.address,
            }
          : null,
      after: {
        version: input.version,
        stage: "Staging",
        digest: version.digest,
        sizeBytes: version.sizeBytes,
        address: running?.address ?? null,
      },
      asked: askedGates(),
      gateFile: currentGateFile(input.name),
      blocked:
        version.stage === "Production"
          ? `v${input.version} stands in Production. Roll it back to Staging first, or deploy another version.`
          : null,
      safe: running
        ? `If any gate fails, v${running.version} stays live and nothing changes.`
        : "If any gate fails, no endpoint is started and the stage stays as it is.",
    };
  },
  check_gates: async ({ input, progress }: { input: Named; progress: Stream }) => {
    const report = await walkGates(input, progress);
    keepReport(report);
    return report;
  },
  check_file_gates: async ({ progress }: { progress: Stream }) => {
    const report = await walkGates({ name: "spread-fcst", version: 1 }, progress);
    const gateFile = { origin: "disk" as const, revision: null, sha256: hash("disk"), fileName: "gates.toml" };
    return { report: { ...report, model: "model.onnx", version: null, gateFile }, evidence: "{}" };
  },
  deploy_to_staging: async ({
    input,
    progress,
  }: {
    input: Named & { reason: string; waiver: string | null };
    progress: Stream;
  }): Promise<DeployOutcome> => {
    const report = await walkGates(input, progress);
    const good = report.verdict === "pass" || (report.verdict === "inconclusive" && input.waiver);
    if (!good) return { deployed: false, report, endpoint: null };
    progress.onmessage({ step: "switch", state: "running", detail: "", check: null });
    await pause(200);
    const old = endpoints.find((item) => item.modelName === input.name);
    const started = endpoint(
      input.name,
      input.version,
      0,
      old?.version ?? null,
      old?.address ?? "http://127.0.0.1:5103",
    );
    if (old) endpoints.splice(endpoints.indexOf(old), 1, started);
    else endpoints.push(started);
    if (versionIn(input.name, input.version).stage !== "Staging")
      move(input.name, input.version, "Staging", input.reason);
    progress.onmessage({ step: "switch", state: "done", detail: "answers", check: null });
    record(started, "deploy", "live", input.reason, "");
    return { deployed: true, report, endpoint: fresh(started) };
  },
  rollback_endpoint: ({ input }: { input: { endpoint: string; reason: string } }) => {
    const item = find(input.endpoint);
    if (item.previousVersion === null)
      throw {
        kind: "conflict",
        message: `${item.name} has no earlier version to roll back to.`,
        field: null,
        hint: null,
      } satisfies AppError;
    [item.version, item.previousVersion] = [item.previousVersion, item.version];
    item.startedAtMs = Date.now();
    record(item, "rollback", "rolled_back", input.reason, `v${item.version} answers again`);
    return fresh(item);
  },
  stop_endpoint: ({ input }: { input: { endpoint: string; reason: string } }) => {
    const item = Object.assign(find(input.endpoint), { state: "stopped", startedAtMs: null });
    record(item, "stop", "stopped", input.reason, "");
    return fresh(item);
  },
  start_endpoint: ({ input }: { input: { endpoint: string; reason: string } }) => {
    const item = Object.assign(find(input.endpoint), { state: "running", startedAtMs: Date.now() });
    record(item, "start", "live", input.reason, "");
    return fresh(item);
  },
  example_request: () =>
    JSON.stringify(
      { inputs: { features: [[0.12, -0.4, 1.8, 0.02, 0.5, -0.9, 0.31, 0.7, 0.2, -0.1, 0.04, 1.1]] } },
      null,
      2,
    ),
  try_endpoint: async ({ input }: { input: { endpoint: string; body: string } }) => {
    await pause(60);
    try {
      JSON.parse(input.body);
    } catch {
      return {
        status: 400,
        body: JSON.stringify({
          error_code: "BAD_REQUEST",
          message: "The body is not valid JSON: expected value at line 1 column 1",
        }),
        tookMs: 0.4,
      };
    }
    return {
      status: 200,
      body: JSON.stringify({ predictions: { label: [2], probabilities: [[0.04, 0.11, 0.79, 0.06]] } }),
      tookMs: 1.87,
    };
  },
  endpoint_stats: ({ input }: { input: { endpoint: string; windowS: number } }) => {
    const item = find(input.endpoint);
    const traffic = item.state === "running" ? (TRAFFIC[item.name] ?? [0, 1]) : [0, 1];
    return stats(item.name, input.windowS, traffic[0] as number, traffic[1] as number);
  },
};
