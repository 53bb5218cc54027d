// Mock answers of the registry, in the shape of the real commands. Every figure here is invented for the mock only.
import type {
  AppError,
  GateCheck,
  GateReport,
  GateSummary,
  LegalMove,
  ModelDetail,
  ModelFile,
  ModelVersion,
  Pair,
  RegisteredModel,
  Stage,
  StageTransition,
  StoodInProduction,
  TensorInfo,
  VersionComparison,
  VersionDetail,
} from "@/bindings";
import { endpointOf } from "./deployment";
import { FINGERPRINT, hash } from "./shared";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const LEGAL: Record<Stage, LegalMove[]> = {
  None: [
    { to: "Staging", verb: "Promote" },
    { to: "Archived", verb: "Archive" },
  ],
  Staging: [
    { to: "Production", verb: "Promote" },
    { to: "None", verb: "Demote" },
  ],
  Production: [
    { to: "Archived", verb: "Archive" },
    { to: "Staging", verb: "Rollback" },
  ],
  Archived: [{ to: "Staging", verb: "Restore" }],
};

type Seed = {
  version: number;
  stage: Stage;
  run: string;
  ageDays: number;
  auc: number;
  loss: number;
  sizeBytes: number;
  gate: GateSummary["verdict"] | null;
  aliases?: string[];
};

const SEEDS: Record<
  string,
  { description: string; tags: [string, string][]; versions: Seed[]; moves: [number, Stage, Stage, string, number][] }
> = {
  "regime-hmm-fx": {
    description: "Four-state regime classifier on one-minute FX bars",
    tags: [
      ["desk", "fx"],
      ["horizon", "15m"],
    ],
    versions: [
      {
        version: 14,
        stage: "None",
        run: "hmm4-w64-s3",
        ageDays: 0.015,
        auc: 0.8712,
        loss: 0.3317,
        sizeBytes: 4_841_220,
        gate: "pass",
        aliases: ["challenger"],
      },
      {
        version: 13,
        stage: "Staging",
        run: "gru64-w48-do20",
        ageDays: 2.2,
        auc: 0.8655,
        loss: 0.3402,
        sizeBytes: 6_880_114,
        gate: "pass",
      },
      {
        version: 12,
        stage: "Production",
        run: "hmm4-w64-prod",
        ageDays: 63,
        auc: 0.8591,
        loss: 0.3488,
        sizeBytes: 4_830_020,
        gate: "pass",
        aliases: ["champion"],
      },
      {
        version: 11,
        stage: "Archived",
        run: "hmm4-w48-r2",
        ageDays: 143,
        auc: 0.8522,
        loss: 0.3551,
        sizeBytes: 4_811_004,
        gate: "pass",
      },
      {
        version: 10,
        stage: "None",
        run: "xf4-w128-r1",
        ageDays: 151,
        auc: 0.8604,
        loss: 0.3391,
        sizeBytes: 21_402_118,
        gate: "fail",
      },
      {
        version: 9,
        stage: "Archived",
        run: "hmm4-w64-r0",
        ageDays: 238,
        auc: 0.8488,
        loss: 0.3602,
        sizeBytes: 4_829_900,
        gate: "pass",
      },
      {
        version: 7,
        stage: "None",
        run: "tcn6-w96-r2",
        ageDays: 322,
        auc: 0.8477,
        loss: 0.3617,
        sizeBytes: 9_120_400,
        gate: "inconclusive",
      },
      {
        version: 6,
        stage: "Archived",
        run: "hmm3-w64-r1",
        ageDays: 398,
        auc: 0.8391,
        loss: 0.3711,
        sizeBytes: 2_970_000,
        gate: null,
      },
    ],
    moves: [
      [13, "None", "Staging", "two-week shadow", 2],
      [12, "None", "Staging", "candidate of the September retrain", 75],
      [12, "Staging", "Production", "beats v11 out of sample", 61],
      [11, "Production", "Archived", "replaced by v12", 61],
      [11, "Staging", "Production", "passes the walk-forward", 128],
      [11, "None", "Staging", "candidate", 141],
      [9, "Production", "Archived", "replaced by v11", 128],
      [9, "Staging", "Production", "first with GRU encoder", 228],
      [9, "None", "Staging", "candidate", 236],
      [6, "None", "Archived", "superseded", 390],
    ],
  },
  "carry-gru-g10": {
    description: "",
    tags: [["desk", "rates"]],
    versions: [
      {
        version: 8,
        stage: "None",
        run: "carry-gru-8",
        ageDays: 5,
        auc: 0.61,
        loss: 0.66,
        sizeBytes: 1_220_400,
        gate: null,
      },
      {
        version: 7,
        stage: "Production",
        run: "carry-gru-7",
        ageDays: 40,
        auc: 0.606,
        loss: 0.664,
        sizeBytes: 1_218_004,
        gate: "pass",
      },
    ],
    moves: [
      [7, "None", "Staging", "candidate", 36],
      [7, "Staging", "Production", "steady for a month", 33],
    ],
  },
  "spread-fcst": {
    description: "",
    tags: [],
    versions: [
      {
        version: 1,
        stage: "None",
        run: "lgbm-spread-d6",
        ageDays: 0.2,
        auc: 0.57,
        loss: 0.69,
        sizeBytes: 88_104,
        gate: null,
      },
    ],
    moves: [],
  },
};

const INPUTS: TensorInfo[] = [{ name: "features", elementType: "float32", dims: ["N", "12"] }];
const OUTPUTS: TensorInfo[] = [
  { name: "label", elementType: "int64", dims: ["N"] },
  { name: "probabilities", elementType: "float32", dims: ["N", "4"] },
];

const transitions: Record<string, StageTransition[]> = {};
const versions: Record<string, ModelVersion[]> = {};
const models: RegisteredModel[] = [];

function seed(nowMs: number) {
  if (models.length > 0) return;
  for (const [name, entry] of Object.entries(SEEDS)) {
    versions[name] = entry.versions.map((item) => versionOf(name, item, nowMs));
    transitions[name] = entry.moves.map(([version, from, to, reason, days]) => ({
      version,
      from,
      to,
      actor: "local",
      reason,
      atMs: nowMs - days * DAY,
    }));
    models.push({
      name,
      description: entry.description,
      tags: entry.tags.map(([key, value]) => ({ key, value })),
      aliases: [],
      createdAtMs: nowMs - 400 * DAY,
      updatedAtMs: nowMs,
      versionCount: 0,
      latestVersion: null,
      stagingVersion: null,
      productionVersion: null,
    });
  }
}

function versionOf(name: string, item: Seed, nowMs: number): ModelVersion {
  const metric = (key: string, value: number) => ({
    key,
    latest: value,
    latestStep: 100,
    latestAtMs: nowMs,
    min: value * 0.9,
    max: value * 1.02,
    count: 100,
  });
  const total = 6;
  return {
    name,
    version: item.version,
    stage: item.stage,
    legalMoves: LEGAL[item.stage],
    aliases: item.aliases ?? [],
    runId: hash(`${name}-run-${item.version}`).slice(0, 32),
    runName: item.run,
    experimentId: "1",
    description: "",
    source: `models:/m-${hash(name + item.version).slice(0, 12)}`,
    digest: hash(`${name}-${item.version}`),
    sizeBytes: item.sizeBytes,
    createdAtMs: nowMs - item.ageDays * DAY,
    updatedAtMs: nowMs - item.ageDays * DAY,
    status: "READY",
    tags: [],
    metrics: [metric("test_auc", item.auc), metric("test_logloss", item.loss)],
    gate: item.gate
      ? {
          verdict: item.gate,
          passed: item.gate === "pass" ? total : total - 1,
          total,
          checkedAtMs: nowMs - item.ageDays * DAY + 2 * MINUTE,
        }
      : null,
  };
}

export function gateReport(name: string, version: number, verdict: GateReport["verdict"]): GateReport {
  const p99 = verdict === "fail" ? "9.71 ms" : "3.84 ms";
  const checks: GateCheck[] = [
    {
      id: "digest",
      title: "Files and SHA-256",
      verdict: "pass",
      measured: `3 files, sha256 ${hash(`${name}-${version}`).slice(0, 12)}`,
      limit: "bytes as registered",
      detail: "",
    },
    {
      id: "size",
      title: "Size",
      verdict: "pass",
      measured: "4.84 MB",
      limit: "≤ 268.44 MB",
      detail: "all files of the model together",
    },
    {
      id: "load",
      title: "Load in ONNX Runtime",
      verdict: "pass",
      measured: "loaded in 212 ms",
      limit: "loads",
      detail: "",
    },
    {
      id: "provider",
      title: "Execution provider",
      verdict: "pass",
      measured: "61 of 61 nodes on CPU",
      limit: "CPU, no fallback",
      detail: "",
    },
    verdict === "inconclusive"
      ? {
          id: "golden",
          title: "Golden outputs",
          verdict,
          measured: "not compared",
          limit: "rtol 1e-5, atol 1e-6",
          detail: "no expected_output.json was logged with this version, so nothing can be compared",
        }
      : {
          id: "golden",
          title: "Golden outputs",
          verdict: "pass",
          measured: "40 of 40 equal, max abs 3.1e-7",
          limit: "rtol 1e-5, atol 1e-6",
          detail: "2 outputs of the logged input example",
        },
    {
      id: "latency_p99",
      title: "Latency p99, single stream",
      verdict: verdict === "fail" ? "fail" : "pass",
      measured: p99,
      limit: "≤ 5 ms",
      detail: "estimate 3.62 ms, bound at 99 % confidence, n 2,400",
    },
  ];
  return {
    model: name,
    version,
    digest: hash(`${name}-${version}`),
    verdict,
    checks,
    limits: { latencyP99MsMax: 5, sizeBytesMax: 256_000_000, goldenRtol: 1e-5, goldenAtol: 1e-6 },
    startedAtMs: Date.now() - 19 * MINUTE,
    tookMs: 1840,
    fingerprint: FINGERPRINT,
  };
}

function refreshed(model: RegisteredModel): RegisteredModel {
  const list = versions[model.name] ?? [];
  const at = (stage: Stage) => list.filter((version) => version.stage === stage).map((version) => version.version);
  const newest = (numbers: number[]) => (numbers.length > 0 ? Math.max(...numbers) : null);
  return {
    ...model,
    aliases: list.flatMap((version) => version.aliases.map((alias) => ({ alias, version: version.version }))),
    versionCount: list.length,
    latestVersion: newest(list.map((version) => version.version)),
    stagingVersion: newest(at("Staging")),
    productionVersion: newest(at("Production")),
  };
}

function refuse(kind: string, message: string, hint: string | null = null): never {
  throw { kind, message, field: null, hint } satisfies AppError;
}

export function versionIn(name: string, version: number): ModelVersion {
  seed(Date.now());
  const found = versions[name]?.find((candidate) => candidate.version === version);
  return found ?? refuse("not_found", `Model version ${name} v${version} does not exist.`);
}

export function move(name: string, version: number, to: Stage, reason: string): ModelVersion {
  const entry = versionIn(name, version);
  if (!entry.legalMoves.some((legal) => legal.to === to)) {
    const legal = entry.legalMoves.map((option) => `${option.to} (${option.verb})`).join(", ");
    refuse("illegal_move", `a version in ${entry.stage} cannot move to ${to}; legal moves: ${legal}`);
  }
  transitions[name]?.unshift({ version, from: entry.stage, to, actor: "local", reason, atMs: Date.now() });
  entry.stage = to;
  entry.legalMoves = LEGAL[to];
  entry.updatedAtMs = Date.now();
  return { ...entry };
}

function files(version: ModelVersion): ModelFile[] {
  const file = (path: string, sizeBytes: number) => ({
    path,
    sizeBytes,
    sha256: hash(version.name + version.version + path),
  });
  return [
    file("MLmodel", 812),
    file("model.onnx", version.sizeBytes ?? 0),
    file("input_example.json", 11_204),
    file("conda.yaml", 144),
  ];
}

type Named = { name: string; version: number };

export const registryHandlers = {
  list_models: () => {
    seed(Date.now());
    return models.map(refreshed);
  },
  get_model: ({ name }: { name: string }): ModelDetail => {
    seed(Date.now());
    const model = models.find((candidate) => candidate.name === name);
    if (!model) return refuse("not_found", `Registered model ${name} does not exist.`);
    return {
      model: refreshed(model),
      versions: (versions[name] ?? []).map((version) => ({ ...version })),
      transitions: [...(transitions[name] ?? [])],
    };
  },
  get_model_version: ({ input }: { input: Named }): VersionDetail => {
    const version = versionIn(input.name, input.version);
    return {
      version: { ...version },
      files: files(version),
      inputs: INPUTS,
      outputs: OUTPUTS,
      evidence: version.gate ? gateReport(input.name, input.version, version.gate.verdict) : null,
      endpoint: endpointOf(input.name, input.version),
      problem: null,
    };
  },
  promote_model_version: ({ input }: { input: Named & { to: Stage; reason: string } }) =>
    move(input.name, input.version, input.to, input.reason),
  set_model_alias: ({ input }: { input: Named & { alias: string } }) => {
    for (const version of versions[input.name] ?? [])
      version.aliases = version.aliases.filter((alias) => alias !== input.alias);
    versionIn(input.name, input.version).aliases.push(input.alias);
    return null;
  },
  describe_model: ({ name, text }: { name: string; text: string }) => {
    const model = models.find((candidate) => candidate.name === name);
    if (model) model.description = text;
    return null;
  },
  tag_model: ({ name, tag }: { name: string; tag: Pair }) => {
    const model = models.find((candidate) => candidate.name === name);
    if (model) model.tags = [...model.tags.filter((each) => each.key !== tag.key), tag];
    return null;
  },
  untag_model: ({ name, key }: { name: string; key: string }) => {
    const model = models.find((candidate) => candidate.name === name);
    if (model) model.tags = model.tags.filter((each) => each.key !== key);
    return null;
  },
  describe_version: ({ input, text }: { input: Named; text: string }) => {
    versionIn(input.name, input.version).description = text;
    return null;
  },
  tag_version: ({ input, tag }: { input: Named; tag: Pair }) => {
    const version = versionIn(input.name, input.version);
    version.tags = [...version.tags.filter((each) => each.key !== tag.key), tag];
    return null;
  },
  untag_version: ({ input, key }: { input: Named; key: string }) => {
    const version = versionIn(input.name, input.version);
    version.tags = version.tags.filter((each) => each.key !== key);
    return null;
  },
  delete_version: ({ input }: { input: Named }) => {
    const list = versions[input.name];
    if (list) versions[input.name] = list.filter((each) => each.version !== input.version);
    return null;
  },
  delete_model: ({ name }: { name: string }) => {
    models.splice(0, models.length, ...models.filter((each) => each.name !== name));
    return null;
  },
  production_on: ({ input }: { input: { name: string; atMs: number } }): StoodInProduction[] => {
    const detail = registryHandlers.get_model({ name: input.name });
    return detail.versions.flatMap((version) => {
      const moves = detail.transitions.filter((each) => each.version === version.version);
      const held = moves.filter((each) => each.atMs <= input.atMs).sort((a, b) => b.atMs - a.atMs)[0];
      const next = moves.filter((each) => each.atMs > input.atMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (held?.to !== "Production") return [];
      return {
        version: version.version,
        digest: version.digest,
        deleted: false,
        sinceMs: held.atMs,
        promotedBy: held.actor,
        reason: held.reason,
        untilMs: next?.atMs ?? null,
      };
    });
  },
  compare_versions: ({ input }: { input: { name: string; left: number; right: number } }): VersionComparison => {
    const side = (version: number) => registryHandlers.get_model_version({ input: { name: input.name, version } });
    const [left, right] = [side(input.left), side(input.right)];
    const latest = (detail: VersionDetail, key: string) =>
      detail.version.metrics.find((metric) => metric.key === key)?.latest ?? null;
    const keys = new Set([...left.version.metrics, ...right.version.metrics].map((metric) => metric.key));
    const tensors = (detail: VersionDetail, of: "inputs" | "outputs") =>
      detail[of].map((tensor) => ({ key: tensor.name, text: `${tensor.elementType} [${tensor.dims.join(", ")}]` }));
    const pairs = (of: "inputs" | "outputs") =>
      tensors(left, of).map(({ key, text }) => ({
        key,
        left: text,
        right: tensors(right, of).find((each) => each.key === key)?.text ?? null,
      }));
    return {
      left,
      right,
      params: [
        { key: "window", left: "64", right: "64" },
        { key: "dropout", left: "0.1", right: "0.2" },
        { key: "states", left: "4", right: null },
      ],
      metrics: [...keys].map((key) => {
        const [a, b] = [latest(left, key), latest(right, key)];
        return { key, left: a, right: b, delta: typeof a === "number" && typeof b === "number" ? b - a : null };
      }),
      inputs: pairs("inputs"),
      outputs: pairs("outputs"),
      files: left.files.map((file) => {
        const other = right.files.find((each) => each.path === file.path) ?? null;
        const shared = file.path === "conda.yaml" && other ? { ...other, sha256: file.sha256 } : other;
        return { path: file.path, left: file, right: shared, same: shared?.sha256 === file.sha256 };
      }),
      gates: (left.evidence?.checks ?? right.evidence?.checks ?? []).map((check) => ({
        id: check.id,
        title: check.title,
        left: left.evidence?.checks.find((each) => each.id === check.id) ?? null,
        right: right.evidence?.checks.find((each) => each.id === check.id) ?? null,
      })),
    };
  },
  delete_model_alias: ({ input }: { input: { name: string; alias: string } }) => {
    for (const version of versions[input.name] ?? [])
      version.aliases = version.aliases.filter((alias) => alias !== input.alias);
    return null;
  },
};
