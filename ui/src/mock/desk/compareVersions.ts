// How two mock versions differ. Parameters are invented for the mock only.
import type { VersionComparison, VersionDetail } from "@/bindings";

export function comparisonOf(left: VersionDetail, right: VersionDetail): VersionComparison {
  const latest = (detail: VersionDetail, key: string) =>
    detail.version.metrics.find((metric) => metric.key === key)?.latest ?? null;
  const keys = new Set([...left.version.metrics, ...right.version.metrics].map((metric) => metric.key));
  const tensors = (detail: VersionDetail, of: "inputs" | "outputs") =>
    (detail.signature?.[of] ?? []).map((field) => ({
      key: field.name,
      text: `${field.elementType} [${(field.dims ?? []).join(", ")}]`,
    }));
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
    signatureParams: [],
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
}
