import { Fragment, useMemo } from "react";

export type Language = "python" | "shell" | "env" | "json" | "text";
type Token = { text: string; kind: "plain" | "keyword" | "string" | "number" | "comment" };

const KEYWORDS: Partial<Record<Language, string>> = {
  python: "import|from|with|as|for|in|if|else|elif|return|def|class|not|and|or|None|True|False|print",
  shell: "export|cd|pip|python3?|curl",
  json: "true|false|null",
};

/** Splits code into coloured tokens; enough for snippets of ten lines, in one pass. */
export function tokenize(code: string, language: Language): Token[] {
  const words = KEYWORDS[language];
  if (language === "text") return [{ text: code, kind: "plain" }];
  const comment = language === "json" ? "(?!)" : "#[^\\n]*";
  const strings = `"(?:[^"\\\\\\n]|\\\\.)*"|'(?:[^'\\\\\\n]|\\\\.)*'`;
  const pattern = new RegExp(
    `(${comment})|(${strings})|\\b(${words ?? "(?!)"})\\b|\\b(\\d[\\d_.]*(?:e-?\\d+)?)\\b`,
    "g",
  );
  const tokens: Token[] = [];
  let end = 0;
  for (const match of code.matchAll(pattern)) {
    if (match.index > end) tokens.push({ text: code.slice(end, match.index), kind: "plain" });
    const kind = match[1] ? "comment" : match[2] ? "string" : match[3] ? "keyword" : "number";
    tokens.push({ text: match[0], kind });
    end = match.index + match[0].length;
  }
  if (end < code.length) tokens.push({ text: code.slice(end), kind: "plain" });
  return tokens;
}

const COLOR = {
  plain: undefined,
  keyword: "var(--run-4)",
  string: "var(--run-3)",
  number: "var(--run-2)",
  comment: "var(--text-3)",
};

type Props = { code: string; language?: Language; lineNumbers?: boolean; wrap?: boolean };

/** Code to read and select: JetBrains Mono, ligatures off. */
export function Code({ code, language = "text", lineNumbers = true, wrap = false }: Props) {
  const body = code.replace(/\n$/, "");
  const tokens = useMemo(() => tokenize(body, language), [body, language]);
  const lines = body.split("\n").length;
  return (
    <div className="flex overflow-x-auto py-3 font-mono text-base leading-5" style={{ fontVariantLigatures: "none" }}>
      {lineNumbers && (
        <pre aria-hidden className="w-10 flex-none select-none pr-3.5 text-right text-label text-outline leading-5">
          {Array.from({ length: lines }, (_, line) => line + 1).join("\n")}
        </pre>
      )}
      <pre className={wrap ? "min-w-0 flex-1 whitespace-pre-wrap break-words pr-4" : "pr-4"}>
        {tokens.map((token, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: tokens have no identity
          <Fragment key={index}>
            {token.kind === "plain" ? token.text : <span style={{ color: COLOR[token.kind] }}>{token.text}</span>}
          </Fragment>
        ))}
      </pre>
    </div>
  );
}
