import type { DimSetting, ModelCost, ShapeOrigin } from "@/lib/api";
import { EMPTY, formatInteger, formatNumber } from "@/lib/format";
import type { NodeShares } from "@/lib/nodeShares";
import { wayKey } from "@/lib/nodeShares";
import type { InspectSource } from "@/lib/view";

const UNITS = ["", " k", " M", " G", " T", " P", " E"];

/** 154,200,000 -> "154 M". */
export function shortNumber(count: number | null): string {
  if (count === null) return EMPTY;
  if (count < 10_000) return formatInteger(count);
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${formatNumber(value, value >= 99.5 ? 0 : value >= 9.95 ? 1 : 2)}${UNITS[unit]}`;
}

export const dimsText = (dims: readonly DimSetting[]): string =>
  dims.length === 0 ? "all dims are fixed" : dims.map((dim) => `${dim.name} = ${formatInteger(dim.value)}`).join(", ");

export const originText = (origin: ShapeOrigin): string =>
  origin.runtimeVersion ? `shapes inferred by ONNX Runtime ${origin.runtimeVersion}` : "shapes as the file states them";

/** The share of each node in all operations that are known. */
export function flopShares(source: InspectSource, cost: ModelCost): NodeShares {
  const total = cost.totals.flops || 1;
  return {
    source,
    of: "FLOPs",
    graphs: new Map(
      cost.byGraph.map((graph) => [
        wayKey(graph.way),
        new Map(graph.nodes.map((node, at) => [node, (graph.flops[at] ?? 0) / total])),
      ]),
    ),
  };
}

/** Operations for each byte that is moved; null where either is not known. */
export const intensity = (flops: number | null, read: number | null, written: number | null): number | null =>
  flops === null || read === null || written === null || read + written === 0 ? null : flops / (read + written);

/** The ops of the bar have colours in this order; the rest is grey. */
export const OP_INKS = ["var(--run-1)", "var(--run-2)", "var(--run-3)", "var(--run-4)", "var(--run-8)", "var(--run-7)"];

export function opInks(cost: ModelCost): ReadonlyMap<string, string> {
  const coloured = cost.ops.filter((op) => op.flops > 0).slice(0, OP_INKS.length);
  return new Map(coloured.map((op, at) => [`${op.domain} ${op.op}`, OP_INKS[at] ?? "var(--outline)"]));
}
