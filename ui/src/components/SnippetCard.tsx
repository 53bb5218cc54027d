import { Check, Copy } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { copyText } from "@/lib/clipboard";
import { cx } from "@/lib/cx";
import { Button } from "./Button";
import { Card } from "./Card";
import { Code, type Language } from "./Code";
import { Segmented } from "./Segmented";

export type Snippet = { id: string; label: string; code: string; language: Language };

/** A Copy button that says when it has copied. */
export function CopyButton({ text, label = "Copy", className }: { text: string; label?: string; className?: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => setCopied(await copyText(text));
  return (
    <Button icon={copied ? Check : Copy} onClick={() => void copy()} className={className}>
      {copied ? "Copied" : label}
    </Button>
  );
}

type Props = {
  title: string;
  snippets: readonly Snippet[];
  /** Beside the code: what to expect, live state. */
  aside?: ReactNode;
  className?: string;
  "data-testid"?: string;
};

/** Code to take away, in one or more languages, with Copy. */
export function SnippetCard({ title, snippets, aside, className, "data-testid": testId }: Props) {
  const [chosen, setChosen] = useState(snippets[0]?.id ?? "");
  const snippet = snippets.find((each) => each.id === chosen) ?? snippets[0];
  return (
    <Card className={className} data-testid={testId}>
      <header className="flex h-10 items-center gap-2 border-line-2 border-b px-3">
        <h3 className="font-semibold text-head">{title}</h3>
        {snippets.length > 1 && (
          <Segmented
            label={`${title}: language`}
            options={snippets.map(({ id, label }) => ({ value: id, label }))}
            value={snippet?.id ?? ""}
            onChange={setChosen}
          />
        )}
        <span className="ml-auto">{snippet && <CopyButton text={snippet.code} />}</span>
      </header>
      <div className="flex">
        <div className={cx("min-w-0 flex-1 bg-app")}>
          {snippet && <Code code={snippet.code} language={snippet.language} />}
        </div>
        {aside && <aside className="w-75 flex-none border-line-2 border-l px-4 py-3.5">{aside}</aside>}
      </div>
    </Card>
  );
}
