import { useQuery } from "@tanstack/react-query";
import { Send } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { Button } from "@/components/Button";
import { ErrorLine } from "@/components/ErrorLine";
import { type Snippet, SnippetCard } from "@/components/SnippetCard";
import type { DrydockError, Endpoint } from "@/lib/api";
import { modelVersionQuery, useTryEndpoint } from "./queries";
import { inferBody, inferCurl, invocationsCurl, metadataCurl, pretty } from "./snippets";
import { TryResponse } from "./TryResponse";

type Props = { endpoint: Endpoint; example: string | null; exampleError: DrydockError | null };

const START = '{\n  "inputs": {}\n}';

export function TryForm({ endpoint, example, exampleError }: Props) {
  const [body, setBody] = useState(example === null ? START : pretty(example));
  const request = useTryEndpoint();
  const running = endpoint.state === "running";
  const send = () => running && request.mutate({ endpoint: endpoint.name, body });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation();
    send();
  };
  return (
    <div className="flex flex-col gap-3 p-3">
      <section aria-label="Request">
        <header className="flex h-8 items-center gap-2">
          <span className="mono selectable min-w-0 flex-1 truncate text-fg-2">
            POST {endpoint.address ?? ""}/invocations
          </span>
          <Button
            variant="primary"
            icon={Send}
            kbd="Ctrl Enter"
            busy={request.isPending}
            disabled={!running}
            data-testid="try-send"
            onClick={send}
          >
            Send
          </Button>
        </header>
        <textarea
          aria-label="Request body"
          data-testid="try-body"
          onKeyDown={onKeyDown}
          value={body}
          onChange={(event) => setBody(event.target.value)}
          spellCheck={false}
          rows={Math.min(18, Math.max(8, body.split("\n").length + 1))}
          className="mono block w-full resize-y rounded border border-outline bg-app p-2.5 leading-4 focus-visible:border-accent"
        />
        <p className="pt-1 text-fg-3 text-label">
          {example === null
            ? "No input example was logged with this version."
            : "Filled from the input example that was logged with this version."}
        </p>
        {exampleError && <p className="selectable text-fg-3 text-label">{exampleError.message}</p>}
        {!running && (
          <p className="text-label text-warn">
            {endpoint.state === "starting"
              ? "The endpoint is loading its model."
              : `The endpoint is ${endpoint.state}; start it to send a request.`}
          </p>
        )}
      </section>
      {request.isError && (
        <ErrorLine title="The request did not reach the endpoint" error={request.error} data-testid="try-error" />
      )}
      {request.data && <TryResponse response={request.data} />}
      {endpoint.address && <Curl endpoint={endpoint} address={endpoint.address} body={body} />}
    </div>
  );
}

function Curl({ endpoint, address, body }: { endpoint: Endpoint; address: string; body: string }) {
  const detail = useQuery(modelVersionQuery(endpoint.modelName, endpoint.version));
  const twin = inferBody(body, detail.data?.signature?.inputs ?? []);
  const snippets: Snippet[] = [
    { id: "invocations", label: "/invocations", code: invocationsCurl(address, body), language: "shell" },
    {
      id: "v2",
      label: "/v2",
      code: twin === null ? metadataCurl(address, endpoint.modelName) : inferCurl(address, endpoint.modelName, twin),
      language: "shell",
    },
  ];
  return <SnippetCard title="From a terminal" snippets={snippets} data-testid="try-curl" />;
}
