// A made-up profile of the temporal network that the mock's graph shows.
import type { AppError, ModelOptions, NodeProfile, ProfileInput, ProfileReport, TaskProgress } from "@/lib/api";
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

export const profileHandlers = {
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
