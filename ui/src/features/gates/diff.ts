export type DiffLine = { kind: "same" | "gone" | "new"; text: string };

/** Line by line, by the longest common subsequence: gate files are short. */
export function diffLines(before: string, after: string): DiffLine[] {
  const a = before.trimEnd().split("\n");
  const b = after.trimEnd().split("\n");
  const longest = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  const at = (i: number, j: number) => longest[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const row = longest[i];
      if (row) row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  const out: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push({ kind: "same", text: a[i] as string });
      i += 1;
      j += 1;
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) {
      out.push({ kind: "gone", text: a[i] as string });
      i += 1;
    } else {
      out.push({ kind: "new", text: b[j] as string });
      j += 1;
    }
  }
  return out;
}
