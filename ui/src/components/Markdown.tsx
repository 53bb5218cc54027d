import { type MarkedToken, marked, type Token } from "marked";
import { Fragment, type ReactNode, useMemo } from "react";
import { toast } from "@/components/Toast";
import { copyText } from "@/lib/clipboard";
import { Code, type Language } from "./Code";

type Props = { text: string };

/**
 * Markdown as React elements, made from the parser's tokens: no HTML of the text ever becomes HTML of the page. Raw HTML
 * shows as the text it is, a picture as its name, and a link is copied instead of followed.
 */
export function Markdown({ text }: Props) {
  const tokens = useMemo(() => marked.lexer(text, { gfm: true }), [text]);
  return (
    <div className="markdown selectable" data-testid="markdown">
      <Blocks tokens={tokens} />
    </div>
  );
}

const Blocks = ({ tokens }: { tokens: readonly Token[] }) =>
  tokens.map((token, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: tokens have no identity
    <Fragment key={index}>{block(token as MarkedToken)}</Fragment>
  ));

const Inline = ({ tokens }: { tokens: readonly Token[] | undefined }) =>
  (tokens ?? []).map((token, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: tokens have no identity
    <Fragment key={index}>{inline(token as MarkedToken)}</Fragment>
  ));

const HEADINGS = ["h3", "h4", "h5", "h6", "h6", "h6"] as const;
const LANGUAGES: Record<string, Language> = {
  python: "python",
  py: "python",
  sh: "shell",
  bash: "shell",
  shell: "shell",
  json: "json",
};

function block(token: MarkedToken): ReactNode {
  switch (token.type) {
    case "heading": {
      const Heading = HEADINGS[token.depth - 1] ?? "h6";
      return (
        <Heading data-depth={token.depth}>
          <Inline tokens={token.tokens} />
        </Heading>
      );
    }
    case "paragraph":
      return (
        <p>
          <Inline tokens={token.tokens} />
        </p>
      );
    case "text":
      return token.tokens ? <Inline tokens={token.tokens} /> : token.text;
    case "blockquote":
      return (
        <blockquote>
          <Blocks tokens={token.tokens} />
        </blockquote>
      );
    case "list": {
      const List = token.ordered ? "ol" : "ul";
      return (
        <List {...(typeof token.start === "number" ? { start: token.start } : {})}>
          {token.items.map((item, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: tokens have no identity
            <li key={index} data-task={item.task || undefined}>
              {item.task && <input type="checkbox" checked={item.checked ?? false} disabled readOnly />}
              <Blocks tokens={item.tokens.filter((each) => each.type !== "checkbox")} />
            </li>
          ))}
        </List>
      );
    }
    case "code":
      return (
        <div className="markdown-code">
          <Code code={token.text} language={LANGUAGES[token.lang ?? ""] ?? "text"} lineNumbers={false} />
        </div>
      );
    case "table":
      return (
        <div className="overflow-x-auto">
          <table>
            <thead>
              <tr>
                {token.header.map((cell, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: tokens have no identity
                  <th key={index} style={{ textAlign: cell.align ?? "left" }}>
                    <Inline tokens={cell.tokens} />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {token.rows.map((row, line) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: tokens have no identity
                <tr key={line}>
                  {row.map((cell, index) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: tokens have no identity
                    <td key={index} style={{ textAlign: cell.align ?? "left" }}>
                      <Inline tokens={cell.tokens} />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      );
    case "hr":
      return <hr />;
    case "html":
      return <pre className="mono text-fg-3">{token.raw.trimEnd()}</pre>;
    case "space":
    case "def":
      return null;
    default:
      return inline(token);
  }
}

function inline(token: MarkedToken): ReactNode {
  switch (token.type) {
    case "strong":
      return (
        <strong>
          <Inline tokens={token.tokens} />
        </strong>
      );
    case "em":
      return (
        <em>
          <Inline tokens={token.tokens} />
        </em>
      );
    case "del":
      return (
        <del>
          <Inline tokens={token.tokens} />
        </del>
      );
    case "codespan":
      return <code>{token.text}</code>;
    case "br":
      return <br />;
    case "link":
      return (
        <button
          type="button"
          title={`${token.href}\nclick to copy`}
          onClick={() =>
            void copyText(token.href).then((ok) => ok && toast.ok({ title: "Link copied", detail: token.href }))
          }
          className="rounded text-accent hover:underline"
        >
          <Inline tokens={token.tokens} />
        </button>
      );
    case "image":
      return (
        <span className="text-fg-3" title={token.href}>
          [picture: {token.text || token.href}]
        </span>
      );
    case "escape":
      return token.text;
    case "text":
      return token.tokens ? <Inline tokens={token.tokens} /> : decoded(token.text);
    default:
      return token.raw;
  }
}

/** Text keeps character references such as &amp; as they were written. */
const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: "\u00a0", "#39": "'" };
const decoded = (text: string) => text.replace(/&(amp|lt|gt|quot|nbsp|#39);/g, (_, name) => ENTITIES[name] ?? "");
