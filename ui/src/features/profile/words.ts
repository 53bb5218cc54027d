// Times of a profile in words: the runtime counts whole microseconds, means have parts of them.
import type { NodeProfile, Optimisation, Provider } from "@/lib/api";
import { formatDuration, formatNumber } from "@/lib/format";

export const PROVIDERS: Record<Provider, string> = {
  cpu: "CPU",
  cuda: "CUDA",
  tensorrt: "TensorRT",
  directml: "DirectML",
  coreml: "CoreML",
  webgpu: "WebGPU",
};

/** `cpu` as people write it; a name that is not known stays as it is. */
export const providerName = (name: string): string =>
  PROVIDERS[name as Provider] ?? name.replace(/ExecutionProvider$/, "");

export const OPTIMISATIONS: readonly { value: Optimisation; label: string; detail?: string }[] = [
  { value: "all", label: "All", detail: "as served" },
  { value: "extended", label: "Extended", detail: "fusions" },
  { value: "basic", label: "Basic", detail: "constants folded" },
  { value: "off", label: "Off", detail: "node by node" },
];

/** 0.4 µs, 12.0 µs, 1.24 ms. */
export const formatUs = (us: number): string =>
  us < 100 ? `${formatNumber(us, us < 9.95 ? 2 : 1)} µs` : formatDuration(us / 1000);

/** "7.1 %", "< 0.1 %", "0 %". */
export function shareText(share: number): string {
  if (share === 0) return "0 %";
  return share < 0.001 ? "< 0.1 %" : `${formatNumber(share * 100, 1)} %`;
}

const ORIGINS = { same: "as in the file", inserted: "put in by the runtime", unmatched: "not matched to the file" };

/** Which nodes of the file a node stands for. */
export function originText(node: NodeProfile): string {
  const { kind, nodes } = node.origin;
  if (kind !== "fused") return ORIGINS[kind];
  return `fused from ${nodes.map((each) => (each.name ? `${each.op} ${each.name}` : each.op)).join(", ")}`;
}
