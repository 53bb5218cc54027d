import { Code } from "@/components/Code";
import { CopyButton } from "@/components/SnippetCard";
import { Status } from "@/components/Status";
import { formatMs } from "@/lib/format";
import { pretty } from "./snippets";

const SHOWN_MAX = 20_000;

/** Status, latency and body, exactly as a client would get them. */
export function TryResponse({ response }: { response: { status: number; body: string; tookMs: number } }) {
  const good = response.status >= 200 && response.status < 300;
  const text = pretty(response.body);
  return (
    <section
      aria-label="Response"
      data-testid="try-response"
      data-status={response.status}
      className="overflow-hidden rounded-card border border-line"
    >
      <header className="flex h-8 items-center gap-3 border-line-2 border-b px-3">
        <Status tone={good ? "ok" : "bad"}>{response.status}</Status>
        <span className="tnum text-fg-2" title="from the send to the last byte, measured in this process">
          {formatMs(response.tookMs)}
        </span>
        <span className="ml-auto">
          <CopyButton text={response.body} />
        </span>
      </header>
      <div className="max-h-80 overflow-auto bg-app px-3" data-testid="try-body-out">
        <Code code={text.slice(0, SHOWN_MAX)} language="json" lineNumbers={false} wrap />
      </div>
      {text.length > SHOWN_MAX && (
        <p className="border-line-2 border-t px-3 py-1 text-fg-3 text-label">
          first {SHOWN_MAX.toLocaleString("en-US")} of {text.length.toLocaleString("en-US")} characters; Copy takes all
        </p>
      )}
    </section>
  );
}
