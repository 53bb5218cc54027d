// Everything that differs, one line each, whatever it is.
import type { Change, DetailChange, ModelDiff, WeightChange } from "@/lib/api";
import { formatInteger, formatNumber, formatPercent } from "@/lib/format";

export type Group = "signature" | "nodes" | "weights" | "file";

export type DiffLine = {
  key: string;
  group: Group;
  change: Change;
  name: string;
  /** Operator, type, side. */
  kind: string;
  /** The change in a few words. */
  note: string;
  breaking: boolean;
  details: DetailChange[];
};

export function diffLines(diff: ModelDiff): DiffLine[] {
  const ports = diff.ports.map(
    (port): DiffLine => ({
      key: `port ${port.side} ${port.name}`,
      group: "signature",
      change: changeOf(port.left, port.right),
      name: port.name,
      kind: port.side,
      note: port.breaking ? `breaking: ${port.why}` : port.why,
      breaking: port.breaking,
      details: [{ what: "type", left: port.left ?? "", right: port.right ?? "" }],
    }),
  );
  const nodes = diff.nodes.map(
    (node): DiffLine => ({
      key: `node ${node.scope} ${node.leftNode} ${node.rightNode}`,
      group: "nodes",
      change: node.change,
      name: `${node.scope}${node.name}`,
      kind: node.op,
      note: node.change === "changed" ? node.details.map((detail) => detail.what).join(", ") : "",
      breaking: false,
      details: node.details,
    }),
  );
  const weights = diff.weights.map(
    (weight): DiffLine => ({
      key: `weight ${weight.scope} ${weight.name} ${weight.change}`,
      group: "weights",
      change: weight.change,
      name: `${weight.scope}${weight.name}`,
      kind: weight.right ?? weight.left ?? "",
      note: weightNote(weight),
      breaking: false,
      details: weightDetails(weight),
    }),
  );
  const facts = diff.facts.map(
    (fact): DiffLine => ({
      key: `fact ${fact.what}`,
      group: "file",
      change: changeOf(fact.left, fact.right),
      name: fact.what,
      kind: "",
      note:
        fact.left !== null && fact.right !== null ? `${fact.left} → ${fact.right}` : (fact.right ?? fact.left ?? ""),
      breaking: false,
      details: [{ what: fact.what, left: fact.left ?? "", right: fact.right ?? "" }],
    }),
  );
  return [...ports, ...nodes, ...weights, ...facts];
}

const changeOf = (left: string | null, right: string | null): Change =>
  left === null ? "added" : right === null ? "removed" : "changed";

function weightNote(weight: WeightChange): string {
  if (weight.problem !== null) return weight.problem;
  if (weight.change !== "changed") return "";
  if (weight.left !== weight.right && weight.figures === null) return `${weight.left} → ${weight.right}`;
  const relative = weight.figures?.l2Relative;
  if (relative == null) return "was all zeros";
  return relative < 1e-4 ? `relative L2 ${formatNumber(relative)}` : `relative L2 ${formatPercent(relative, 2)}`;
}

function weightDetails(weight: WeightChange): DetailChange[] {
  const row = (what: string, right: string): DetailChange => ({ what, left: "", right });
  const figures = weight.figures;
  const details: DetailChange[] = [{ what: "type", left: weight.left ?? "", right: weight.right ?? "" }];
  if (figures) {
    const all = formatInteger(weight.count);
    details.push(row("numbers that differ", `${formatInteger(figures.differing)} of ${all}`));
    details.push(row("largest |right − left|", formatNumber(figures.absMax)));
    details.push(row("largest relative", formatNumber(figures.relMax)));
    details.push(
      row("relative L2", figures.l2Relative === null ? "left is all zeros" : formatNumber(figures.l2Relative)),
    );
    if (figures.broken > 0) details.push(row("NaN or infinite on one side", formatInteger(figures.broken)));
  }
  return details;
}

/** Lines of a group whose name, kind or note holds every word. */
export function filtered(lines: readonly DiffLine[], group: Group | "all", text: string): DiffLine[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return lines.filter((line) => {
    if (group !== "all" && line.group !== group) return false;
    const whole = `${line.name} ${line.kind} ${line.note} ${line.change}`.toLowerCase();
    return words.every((word) => whole.includes(word));
  });
}
