// Colours for the filter bar. It reads MLflow's search syntax far enough to paint it; the server alone judges it.
export type FilterToken = { text: string; kind: "key" | "operator" | "value" | "joiner" | "space" | "other" };

const PATTERN =
  /(\s+)|((?:metrics?|params?|parameters?|tags?|attributes?|attr|run|runs|datasets?)\.(?:`[^`]*`?|"[^"]*"?|[\w./-]+))|('(?:[^'\\]|\\.)*'?|"(?:[^"\\]|\\.)*"?)|\b(and|or)\b|(!=|>=|<=|=~|[=<>]|\b(?:not\s+)?(?:in|i?like|rlike|is(?:\s+not)?\s+null)\b)|(-?\d[\w.+-]*)|(.)/giy;

export function filterTokens(filter: string): FilterToken[] {
  const tokens: FilterToken[] = [];
  for (const match of filter.matchAll(new RegExp(PATTERN.source, "gi"))) {
    const [text, space, key, quoted, joiner, operator, number] = match;
    const kind = space
      ? "space"
      : key
        ? "key"
        : quoted || number
          ? "value"
          : joiner
            ? "joiner"
            : operator
              ? "operator"
              : "other";
    const last = tokens.at(-1);
    if (kind === "other" && last?.kind === "other") last.text += text;
    else tokens.push({ text, kind });
  }
  return tokens;
}

/** A clause that keeps, or drops, the runs with this value: params.window = '64'. */
export function clauseFor(entity: "params" | "tags", key: string, value: string, keep: boolean): string {
  const name = /^[\w.]+$/.test(key) ? key : `\`${key}\``;
  return `${entity}.${name} ${keep ? "=" : "!="} '${value.replaceAll("'", "\\'")}'`;
}

export const addClause = (filter: string, clause: string) =>
  filter.trim() ? `${filter.trim()} and ${clause}` : clause;
