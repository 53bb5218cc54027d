export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export type JsonRow = {
  path: string;
  name: string | null;
  isIndex: boolean;
  depth: number;
  /** Entries of an object or a list; null for a plain value. */
  size: number | null;
  open: boolean;
  text: string;
  color: string | undefined;
};

/** Python writes NaN and Infinity into JSON, which is none then; the message says so. */
export function parseJson(text: string): { value: Json } | { problem: string } {
  try {
    return { value: JSON.parse(text) as Json };
  } catch (error) {
    const nan = /[[,:\s](NaN|-?Infinity)\s*[,}\]]/.exec(text);
    if (nan) return { problem: `it holds ${nan[1]}, which JSON has no number for` };
    return { problem: error instanceof Error ? error.message : "it cannot be parsed" };
  }
}

const isBranch = (value: Json): value is Json[] | { [key: string]: Json } =>
  typeof value === "object" && value !== null;
const entriesOf = (value: Json[] | { [key: string]: Json }): [string, Json][] =>
  Array.isArray(value) ? value.map((each, index) => [String(index), each]) : Object.entries(value);

const OPEN_ENTRIES = 60;

/** The root and what is below it stand open, where that is not long. */
export function openAtFirst(value: Json): ReadonlySet<string> {
  const open = new Set([""]);
  if (!isBranch(value)) return open;
  for (const [name, child] of entriesOf(value).slice(0, OPEN_ENTRIES))
    if (isBranch(child) && entriesOf(child).length <= OPEN_ENTRIES) open.add(`/${name}`);
  return open;
}

function look(value: Exclude<Json, object>): { text: string; color: string | undefined } {
  if (value === null) return { text: "null", color: "var(--text-3)" };
  if (typeof value === "string") return { text: JSON.stringify(value), color: "var(--run-3)" };
  if (typeof value === "number") return { text: String(value), color: "var(--run-2)" };
  return { text: String(value), color: "var(--run-4)" };
}

/** The lines that are visible with these branches open. */
export function jsonRows(value: Json, open: ReadonlySet<string>): JsonRow[] {
  const rows: JsonRow[] = [];
  const visit = (each: Json, path: string, name: string | null, isIndex: boolean, depth: number) => {
    if (!isBranch(each)) {
      rows.push({ path, name, isIndex, depth, size: null, open: false, ...look(each as Exclude<Json, object>) });
      return;
    }
    const entries = entriesOf(each);
    const isOpen = open.has(path);
    const list = Array.isArray(each);
    rows.push({
      path,
      name,
      isIndex,
      depth,
      size: entries.length,
      open: isOpen,
      text: list ? "[ ]" : "{ }",
      color: undefined,
    });
    if (isOpen) for (const [key, child] of entries) visit(child, `${path}/${key}`, key, list, depth + 1);
  };
  visit(value, "", null, false, 0);
  return rows;
}
