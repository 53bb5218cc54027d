import type { ReactNode } from "react";

const KEY = /^(\s*(?:- )*)((?:"[^"]*"|'[^']*'|[^\s#:'"][^:#]*?))(:)(?=\s|$)(.*)$/;
const COMMENT = /^(.*?)(\s#.*|^#.*)$/;

/** A line of YAML with its key and its comment told apart from its value. It paints; it understands nothing. */
export function yamlLine(line: string): ReactNode {
  const [, before = line, comment = ""] = COMMENT.exec(line) ?? [];
  const match = KEY.exec(before);
  const told = comment && <span className="text-fg-3">{comment}</span>;
  if (!match)
    return (
      <>
        {before}
        {told}
      </>
    );
  const [, indent, key, colon, value] = match;
  return (
    <>
      {indent}
      <span className="text-accent">{key}</span>
      <span className="text-fg-3">{colon}</span>
      {value}
      {told}
    </>
  );
}
