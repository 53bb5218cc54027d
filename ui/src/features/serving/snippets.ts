import type { SignatureField } from "@/lib/api";

const DATATYPE: Record<string, string> = {
  bool: "BOOL",
  int8: "INT8",
  int16: "INT16",
  int32: "INT32",
  int64: "INT64",
  uint8: "UINT8",
  uint16: "UINT16",
  uint32: "UINT32",
  uint64: "UINT64",
  float16: "FP16",
  float32: "FP32",
  float64: "FP64",
  string: "BYTES",
};

const quoted = (body: string) => `'${body.replaceAll("'", "'\\''")}'`;

export function invocationsCurl(address: string, body: string): string {
  return [
    `curl -s ${address}/invocations \\`,
    "  -H 'Content-Type: application/json' \\",
    `  -d ${quoted(body.trim())}`,
  ].join("\n");
}

/** The shape of a nested list, or null where rows differ in length. */
export function shapeOf(value: unknown): number[] | null {
  if (!Array.isArray(value)) return [];
  const first = shapeOf(value[0]);
  if (first === null) return null;
  for (const item of value) if (JSON.stringify(shapeOf(item)) !== JSON.stringify(first)) return null;
  return value.length === 0 ? [0] : [value.length, ...first];
}

type Typed = Pick<SignatureField, "name" | "elementType">;

/**
 * The same rows as an Open Inference request. Only a body with named tensors says which input is which, so any other
 * shape of /invocations has no twin and gets none.
 */
export function inferBody(body: string, inputs: readonly Typed[]): string | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return null;
  }
  const named = (parsed as { inputs?: unknown } | null)?.inputs;
  if (typeof named !== "object" || named === null || Array.isArray(named)) return null;
  const tensors = Object.entries(named).map(([name, data]) => {
    const datatype = DATATYPE[inputs.find((input) => input.name === name)?.elementType ?? ""];
    const shape = shapeOf(data);
    return datatype && shape ? { name, datatype, shape, data: [data].flat(Number.POSITIVE_INFINITY) } : null;
  });
  return tensors.includes(null) || tensors.length === 0 ? null : JSON.stringify({ inputs: tensors });
}

export function inferCurl(address: string, model: string, body: string): string {
  return [
    `curl -s ${address}/v2/models/${encodeURIComponent(model)}/infer \\`,
    "  -H 'Content-Type: application/json' \\",
    `  -d ${quoted(body)}`,
  ].join("\n");
}

export function metadataCurl(address: string, model: string): string {
  return `curl -s ${address}/v2/models/${encodeURIComponent(model)}`;
}

/** JSON laid out for reading, with innermost rows of numbers kept on one line; anything else as it came. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2).replace(
      /\[\s+([^[\]{}]*?)\s+\]/g,
      (_, inner: string) => `[${inner.replace(/\s*\n\s*/g, " ")}]`,
    );
  } catch {
    return text;
  }
}
