// A made-up profile of the temporal network that the mock's graph shows.
import type {
  AppError,
  ModelOptions,
  NodeProfile,
  PercentileBound,
  ProfileInput,
  ProfileReport,
  RuntimeCheck,
  RuntimeSettings,
  SweepInput,
  SweepPoint,
  SweepReport,
  TaskProgress,
} from "@/lib/api";
import { FINGERPRINT, noise } from "./shared";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const cancelled = new Set<string>();

const BLOCK: [string, number][] = [
  ["Conv", 70],
  ["LayerNormalization", 9],
  ["Gelu", 6],
  ["Mul", 3],
  ["Conv", 64],
  ["Add", 2],
];

export function profileReport(model: string, input: ProfileInput): ProfileReport {
  const random = noise(11);
  const nodes: NodeProfile[] = [];
  const timeline: ProfileReport["timeline"] = [];
  let at = 6;
  const add = (op: string, name: string, us: number, kind: NodeProfile["origin"]["kind"] = "same") => {
    const mean = us * (0.9 + 0.2 * random());
    const from = kind === "fused" ? [op.replace("Fused", ""), "Relu"] : kind === "same" ? [op] : [];
    timeline.push({ node: nodes.length, startUs: Math.round(at), durationUs: Math.round(mean), depth: 0, thread: 0 });
    at += mean + 1;
    nodes.push({
      name,
      op,
      provider: "cpu",
      within: null,
      callsPerRun: 1,
      totalUs: Math.round(mean * input.runs),
      meanUs: mean,
      p50Us: Math.round(mean),
      maxUs: Math.round(mean * 1.8),
      share: mean,
      outputs: ["float [1, 128, 64]"],
      parameterBytes: op.includes("Conv") ? 327_680 : 512,
      activationBytes: 32_768,
      outputBytes: 32_768,
      pieces: op.includes("Conv") ? 1 : 0,
      origin: {
        kind,
        nodes: from.map((each, index) => ({ way: [], node: nodes.length + index, name: `${name}/${each}`, op: each })),
      },
    });
  };
  add("ReorderInput", "ReorderInput", 4, "inserted");
  for (let block = 1; block <= 6; block += 1)
    for (const [index, [op, us]] of BLOCK.entries())
      add(
        index === 4 ? "FusedConv" : op,
        `/tcn/block.${block}/${op.toLowerCase()}${index}`,
        us,
        index === 4 ? "fused" : "same",
      );
  add("ReorderOutput", "ReorderOutput", 4, "inserted");
  add("GRU", "/enc/gru", 141);
  add("Gemm", "/head/fc", 11);
  add("Softmax", "/head/softmax", 3);
  const total = at + 9;
  for (const node of nodes) node.share = node.meanUs / total;
  const ops = [...new Set(nodes.map((node) => node.op))].map((op) => {
    const of = nodes.filter((node) => node.op === op);
    const sum = (value: (node: NodeProfile) => number) => of.reduce((all, node) => all + value(node), 0);
    return { op, nodes: of.length, callsPerRun: of.length, totalUs: sum((n) => n.totalUs), share: sum((n) => n.share) };
  });
  const inside = nodes.reduce((sum, node) => sum + node.share, 0);
  const gpu = { driver: null, devices: [], absent: "no NVIDIA driver: libnvidia-ml.so.1 is not installed" };
  const options: ModelOptions = {
    providers: input.providers,
    threads: input.threads,
    optimisation: input.optimisation,
    warmUpRuns: 3,
    poolSize: 1,
    ioBinding: false,
  };
  return {
    model,
    digest: "2a4b97d3".repeat(8),
    options,
    inputs: input.rows === null ? "logged input example" : "generated, seed 7",
    batch: input.rows ?? 1,
    runs: input.runs,
    warmUpRuns: input.warmUpRuns,
    runP50Us: Math.round(total),
    runMeanUs: total * 1.02,
    plainP50Us: total * 0.93,
    outsideMeanUs: total * (1 - inside),
    outsideShare: 1 - inside,
    nodes,
    ops: ops.sort((a, b) => b.totalUs - a.totalUs),
    timeline,
    timelineUs: Math.round(total),
    placement: {
      provider: {
        requested: input.providers,
        placements: [{ provider: "cpu", nodes: nodes.length }],
        fellBackToCpu: input.providers[0] !== "cpu",
      },
      fallbacks: [],
      fallbackOps: [],
      copies: [],
      copiesMeanUs: 0,
    },
    memory: {
      fileBytes: 4_840_000,
      beforeLoad: { residentBytes: 31_000_000, peakBytes: 31_000_000 },
      afterLoad: { residentBytes: 43_200_000, peakBytes: 47_000_000 },
      afterRuns: { residentBytes: 44_900_000, peakBytes: 47_800_000 },
      arenaPeakBytes: 812_032,
      arenaHeldBytes: 2_097_152,
      gpuBefore: gpu,
      gpuAfter: gpu,
    },
    notes: [],
    fingerprint: FINGERPRINT,
    startedAtMs: Date.UTC(2026, 8, 12, 14, 0),
  };
}

const bounds = (p50: number, samples: number): PercentileBound[] =>
  [
    ["p50", 0.5, 1, 7],
    ["p99", 0.99, 1.35, 662],
  ].map(([label, quantile, factor, needed]) => {
    const value = p50 * Number(factor);
    const refused = samples < Number(needed) ? `${label} needs ${needed} samples, has ${samples}` : null;
    return {
      label: String(label),
      quantile: Number(quantile),
      valueMs: refused ? null : value,
      lowMs: refused ? null : value * 0.98,
      highMs: refused ? null : value * 1.03,
      samples,
      neededSamples: Number(needed),
      refused,
    };
  });

/** The points of a sweep as far as they are done. */
export function sweepReport(input: SweepInput, done: number): SweepReport {
  const { batches, threads, providers, optimisations, ioBindings } = input.grid;
  const random = noise(5);
  const all: SweepPoint[] = batches.flatMap((batch) =>
    threads.flatMap((thread) =>
      providers.flatMap((list) =>
        optimisations.flatMap((optimisation) =>
          ioBindings.map((ioBinding): SweepPoint => {
            const slow = { off: 1.9, basic: 1.5, extended: 1.15, all: 1 }[optimisation];
            const speed = 1 + 0.55 * Math.log2(thread) * (batch > 4 ? 1 : 0.3);
            const ms = ((0.35 + 0.11 * batch) * slow * (0.97 + 0.06 * random())) / speed - (ioBinding ? 0.01 : 0);
            const samples = Math.round(input.durationMs / ms);
            const settings = { batch, threads: thread, providers: list, optimisation, ioBinding };
            if (list[0] !== "cpu")
              return { settings, measured: null, failed: `execution provider ${list[0]} cannot be used: no device` };
            return {
              settings,
              failed: null,
              measured: {
                runsPerS: 1000 / ms,
                rowsPerS: (1000 / ms) * batch,
                meanMs: ms * 1.02,
                percentiles: bounds(ms, samples),
                samples,
                loadMs: 12,
                provider: {
                  requested: list,
                  placements: [{ provider: "cpu", nodes: 41 }],
                  fellBackToCpu: false,
                },
              },
            };
          }),
        ),
      ),
    ),
  );
  const points = all.slice(0, done);
  const front = (label: string) => {
    const high = (at: number) => points[at]?.measured?.percentiles.find((each) => each.label === label)?.highMs;
    const known = points.map((_, at) => at).filter((at) => high(at) != null);
    const rows = (at: number) => points[at]?.measured?.rowsPerS ?? 0;
    const beaten = (at: number) =>
      known.some((other) => rows(other) > rows(at) && Number(high(other)) <= Number(high(at)));
    return known.filter((at) => !beaten(at)).sort((a, b) => rows(a) - rows(b));
  };
  return {
    model: "model.onnx",
    key: { model: "2a4b", machine: "3d2dbb41", seed: 7, durationMs: input.durationMs, samplesMax: 200_000 },
    points,
    asked: all.length,
    resumed: 0,
    frontP99: front("p99"),
    frontP50: front("p50"),
    fingerprint: FINGERPRINT,
    startedAtMs: Date.UTC(2026, 8, 12, 14, 0),
  };
}

let swept = 0;
let pack: string | null = null;

const runtimeSettings = (): RuntimeSettings => ({
  loaded: {
    available: true,
    version: "1.30.0",
    libraryPath: "/opt/drydock/lib/libonnxruntime.so.1.30.0",
    providers: ["WebGPU", "CPU"],
    problem: null,
    fingerprint: FINGERPRINT,
  },
  gpuPack: pack,
  nextLibrary: pack ? `${pack}/libonnxruntime.so.1.31.1` : "/opt/drydock/lib/libonnxruntime.so.1.30.0",
  nextProblem: null,
  restartNeeded: pack !== null,
  overriddenBy: null,
});

export const profileHandlers = {
  sweep_standing: ({ input }: { input: SweepInput }) => sweepReport(input, swept),
  sweep_model: async ({
    input,
    progress,
  }: {
    input: SweepInput;
    progress: { onmessage: (report: SweepReport) => void };
  }) => {
    const { asked } = sweepReport(input, 0);
    for (; swept < asked; swept += 1) {
      if (cancelled.has(input.taskId))
        throw { kind: "cancelled", message: "cancelled", field: null, hint: null } satisfies AppError;
      progress.onmessage(sweepReport(input, swept));
      await pause(60);
    }
    return sweepReport(input, asked);
  },
  runtime_settings: runtimeSettings,
  pick_runtime_folder: () => "/opt/onnxruntime-gpu/onnxruntime/capi",
  choose_runtime_folder: ({ folder }: { folder: string | null }) => {
    pack = folder;
    return runtimeSettings();
  },
  check_runtime_folder: ({ folder }: { folder: string }): RuntimeCheck => {
    if (!folder.includes("gpu"))
      throw {
        kind: "invalid",
        message: `input 'folder': ${folder} holds no ONNX Runtime; choose the capi folder of the onnxruntime-gpu wheel, which holds libonnxruntime`,
        field: "folder",
        hint: null,
      } satisfies AppError;
    return {
      folder: {
        folder,
        library: `${folder}/libonnxruntime.so.1.31.1`,
        files: [
          { name: "libonnxruntime.so.1.31.1", sizeBytes: 24_100_000 },
          { name: "libonnxruntime_providers_cuda.so", sizeBytes: 284_000_000 },
          { name: "libonnxruntime_providers_shared.so", sizeBytes: 15_000 },
        ],
      },
      probe: {
        version: "1.31.1",
        library: `${folder}/libonnxruntime.so.1.31.1`,
        providers: [
          {
            provider: "cuda",
            works: false,
            problem: "execution provider cuda cannot be used: libcudnn.so.9: cannot open shared object file",
            missing: ["libcudnn.so.9"],
            advice: "install cuDNN in the versions that libcudnn.so.9 name, and let LD_LIBRARY_PATH lead there",
          },
          { provider: "cpu", works: true, problem: null, missing: [], advice: null },
        ],
        gpu: { driver: null, devices: [], absent: "no NVIDIA driver: libnvidia-ml.so.1 is not installed" },
      },
      problem: null,
    };
  },
  profile_model: async ({
    source,
    input,
    progress,
  }: {
    source: { name?: string; version?: number; path?: string };
    input: ProfileInput;
    progress: { onmessage: (step: TaskProgress) => void };
  }) => {
    for (let round = 0; round < 10; round += 1) {
      if (cancelled.has(input.taskId))
        throw { kind: "cancelled", message: "cancelled", field: null, hint: null } satisfies AppError;
      progress.onmessage({ step: "profiling", detail: `${round * 11} of 110`, fraction: round / 10 });
      await pause(40);
    }
    return profileReport(source.name ? `${source.name} v${source.version}` : (source.path ?? "model.onnx"), input);
  },
  save_profile_trace: () => "/home/quant/regime.trace.json",
};
