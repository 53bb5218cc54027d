import type { ModelReport } from "@/lib/api";
import { formatInteger, formatNumber } from "@/lib/format";

/** 1,204,480 -> "1.20 M". */
export function shortCount(count: number): string {
  if (count < 10_000) return formatInteger(count);
  if (count < 1e6) return `${formatNumber(count / 1e3, 1)} k`;
  return count < 1e9 ? `${formatNumber(count / 1e6, 2)} M` : `${formatNumber(count / 1e9, 2)} B`;
}

/** The domain as ONNX means it: an empty one is ai.onnx. */
export const domainName = (domain: string): string => domain || "ai.onnx";

/** The standard opset first, the others in one line beneath. */
export function opsetText(opsets: ModelReport["opsets"]): { main: string; others: string } {
  const standard = opsets.find((opset) => domainName(opset.domain) === "ai.onnx") ?? opsets[0];
  const others = opsets
    .filter((opset) => opset !== standard)
    .map((opset) => `${domainName(opset.domain)} ${opset.version}`);
  if (!standard) return { main: "none", others: "" };
  const main =
    domainName(standard.domain) === "ai.onnx" ? String(standard.version) : `${standard.domain} ${standard.version}`;
  return { main, others: others.join(", ") };
}
