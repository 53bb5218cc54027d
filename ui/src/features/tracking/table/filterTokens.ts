// Colours for the filter bar. It reads MLflow's search syntax far enough to paint it; the server alone judges it.
export type FilterToken = { text: string; kind: "key" | "operator" | "value" | "joiner" | "space" | "other" };

// A doubled quote stands for one inside every kind of quotes, as the server's lexer has it.
const SPACE = String.raw`(\s+)`;
const ENTITY = "metrics?|params?|parameters?|tags?|attributes?|attr|run|runs|datasets?";
const KEY = `((?:${ENTITY})\\.(?:\`(?:[^\`]|\`\`)*\`?|"(?:[^"]|"")*"?|[\\w./:-]+))`;
const QUOTED = `('(?:[^']|'')*'?|"(?:[^"]|"")*"?|\`(?:[^\`]|\`\`)*\`?)`;
const JOINER = String.raw`\b(and|or)\b`;
const OPERATOR = String.raw`(!=|!~|<>|>=|<=|==|=~|[=<>~]|\b(?:not\s+)?(?:in|i?like|rlike|is(?:\s+not)?\s+null)\b)`;
const NUMBER = String.raw`(-?\d[\w.+-]*)`;
const PATTERN = [SPACE, KEY, QUOTED, JOINER, OPERATOR, NUMBER, "(.)"].join("|");

export function filterTokens(filter: string): FilterToken[] {
  const tokens: FilterToken[] = [];
  for (const match of filter.matchAll(new RegExp(PATTERN, "gi"))) {
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

/** The token that the server's sentence names by its place, counted in characters from one; -1 where it names none. */
export function refusedToken(tokens: readonly FilterToken[], message: string): number {
  const place = Number(/at position (\d+)/.exec(message)?.[1] ?? 0);
  let end = 0;
  return tokens.findIndex(({ text }) => {
    end += [...text].length;
    return place > 0 && place <= end;
  });
}

/** A name in backticks, as the search language takes any. */
export const quotedName = (name: string) => `\`${name.replaceAll("`", "``")}\``;

/** A clause that keeps, or drops, the runs with this value: params.window = '64'. */
export function clauseFor(entity: "params" | "tags", key: string, value: string, keep: boolean): string {
  const name = /^[\w.]+$/.test(key) ? key : quotedName(key);
  return `${entity}.${name} ${keep ? "=" : "!="} '${value.replaceAll("'", "''")}'`;
}

/** Whether a clause put after this filter would belong to its last part only: `and` binds tighter than `or`. */
function hasLooseOr(filter: string): boolean {
  let depth = 0;
  for (const { kind, text } of filterTokens(filter)) {
    if (kind === "joiner" && depth === 0 && text.toLowerCase() === "or") return true;
    if (kind === "other") for (const sign of text) depth += sign === "(" ? 1 : sign === ")" ? -1 : 0;
  }
  return false;
}

export function addClause(filter: string, clause: string): string {
  const before = filter.trim();
  if (!before) return clause;
  return `${hasLooseOr(before) ? `(${before})` : before} and ${clause}`;
}
