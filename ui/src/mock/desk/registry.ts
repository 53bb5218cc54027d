// Mock answers of the registry, in the shape of the real commands.
import type {
  AppError,
  LegalMove,
  ModelDetail,
  ModelFile,
  ModelVersion,
  Pair,
  RegisteredModel,
  Signature,
  SignatureField,
  Stage,
  StageTransition,
  StoodInProduction,
  VersionComparison,
  VersionDetail,
} from "@/bindings";
import { comparisonOf } from "./compareVersions";
import { endpointOf } from "./deployment";
import { gateReport } from "./gates";
import { SEEDS, type Seed } from "./models";
import { hash } from "./shared";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const legal = (to: Stage, verb: LegalMove["verb"]): LegalMove => ({ to, verb, lifecycle: true });
const LEGAL: Record<Stage, LegalMove[]> = {
  None: [legal("Staging", "Promote"), legal("Archived", "Archive")],
  Staging: [legal("Production", "Promote"), legal("None", "Demote")],
  Production: [legal("Archived", "Archive"), legal("Staging", "Rollback")],
  Archived: [legal("Staging", "Restore")],
};

const tensor = (name: string, elementType: string, dims: string[]): SignatureField => ({
  name,
  elementType,
  dims,
  optional: false,
  default: null,
});
const SIGNATURE: Signature = {
  origin: "onnx",
  inputs: [tensor("features", "float32", ["N", "12"])],
  outputs: [tensor("label", "int64", ["N"]), tensor("probabilities", "float32", ["N", "4"])],
  params: [],
};

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
      signature: SIGNATURE,
      signatureNote: null,
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
    return comparisonOf(side(input.left), side(input.right));
  },
  delete_model_alias: ({ input }: { input: { name: string; alias: string } }) => {
    for (const version of versions[input.name] ?? [])
      version.aliases = version.aliases.filter((alias) => alias !== input.alias);
    return null;
  },
};
