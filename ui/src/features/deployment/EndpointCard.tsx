import { useQuery } from "@tanstack/react-query";
import { Play, RadioTower, Square, Terminal, Undo2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button } from "@/components/Button";
import { Card } from "@/components/Card";
import { EndpointStatus } from "@/components/EndpointStatus";
import { ErrorLine } from "@/components/ErrorLine";
import { toast } from "@/components/Toast";
import type { Endpoint, ServedBy } from "@/lib/api";
import { useNow } from "@/lib/clock";
import { cx } from "@/lib/cx";
import { openTry } from "@/lib/desk";
import { formatAge, formatClock, shortDigest } from "@/lib/format";
import { openModel } from "@/lib/view";
import { EndpointFigures } from "./EndpointFigures";
import { endpointStatsQuery, useEndpointAction } from "./queries";
import { StopDialog } from "./StopDialog";

const WINDOW_S = 300;

/** One endpoint: what it is, how it answers, and the way back. */
export function EndpointCard({ endpoint, chosen }: { endpoint: Endpoint; chosen: boolean }) {
  const running = endpoint.state === "running";
  const stats = useQuery({ ...endpointStatsQuery(endpoint.name, WINDOW_S), enabled: running });
  const card = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (chosen) card.current?.scrollIntoView?.({ block: "nearest" });
  }, [chosen]);
  return (
    <div ref={card} className="flex-none">
      <Card
        data-testid="endpoint-card"
        data-endpoint={endpoint.name}
        data-version={endpoint.version}
        data-state={endpoint.state}
        aria-label={endpoint.name}
        className={cx(chosen && "border-accent-line")}
      >
        <CardTop endpoint={endpoint} />
        {endpoint.problem && (
          <p className="selectable border-line-2 border-b bg-bad-weak px-3 py-1.5 text-fg-2">{endpoint.problem}</p>
        )}
        <div className="flex gap-3 px-3 pt-2.5 pb-2">
          <Identity endpoint={endpoint} />
          {running ? (
            <EndpointFigures stats={stats.data ?? endpoint.stats} />
          ) : (
            <p className="flex-1 self-center text-fg-3">
              {endpoint.servedBy
                ? servedElsewhere(endpoint.servedBy)
                : endpoint.state === "starting"
                  ? "Loading the model; it answers in a moment."
                  : "No figures while it does not answer."}
            </p>
          )}
        </div>
        <CardFoot endpoint={endpoint} />
      </Card>
    </div>
  );
}

/** Another machine of the team answers for it, or did. */
function servedElsewhere({ name, alive, seenAtMs }: ServedBy): string {
  if (alive) return `It answers on ${name}; its figures are there. Change or stop it on that machine.`;
  const seen = seenAtMs > 0 ? `last heard of at ${formatClock(seenAtMs)}` : "not heard of";
  return `It belongs to ${name}, ${seen}. Start serves it from this machine.`;
}

function CardTop({ endpoint }: { endpoint: Endpoint }) {
  const now = useNow();
  return (
    <header className="flex h-9 items-center gap-2 border-line-2 border-b px-3">
      <RadioTower size={14} className="text-fg-3" aria-hidden />
      <h3 className="selectable truncate font-semibold text-head">{endpoint.name}</h3>
      <EndpointStatus state={endpoint.state} />
      <span className="tnum ml-auto text-fg-3 text-label">
        {endpoint.startedAtMs === null ? "" : `up ${formatAge(endpoint.startedAtMs, now)}`}
      </span>
    </header>
  );
}

function Identity({ endpoint }: { endpoint: Endpoint }) {
  return (
    <div className="w-44 flex-none leading-[17px]">
      <button
        type="button"
        title="Open in the Registry"
        onClick={() => openModel(endpoint.modelName, endpoint.version)}
        className="block max-w-full truncate font-medium font-mono text-head hover:text-accent"
      >
        {endpoint.modelName} v{endpoint.version}
      </button>
      <p className="mono selectable truncate text-fg-3" title={`sha256 ${endpoint.digest}`}>
        sha256 {shortDigest(endpoint.digest)}
      </p>
      <p className="mono selectable truncate text-fg-3" data-testid="endpoint-address">
        {endpoint.address ?? "no address"}
      </p>
      {endpoint.poolSize > 0 && (
        <p className="truncate text-fg-3 text-label">
          {endpoint.provider} · pool of {endpoint.poolSize}
        </p>
      )}
    </div>
  );
}

function CardFoot({ endpoint }: { endpoint: Endpoint }) {
  const [stopping, setStopping] = useState(false);
  const rollback = useEndpointAction("rollback");
  const start = useEndpointAction("start");
  const failed = rollback.error ?? start.error;
  return (
    <footer className="px-3 pb-2">
      {failed && (
        <ErrorLine
          title="Nothing was changed"
          error={failed}
          onDismiss={() => {
            rollback.reset();
            start.reset();
          }}
        />
      )}
      <div className="flex items-center gap-2">
        {endpoint.servedBy?.alive ? (
          <span className="truncate text-fg-3" data-testid="served-by">
            Served by {endpoint.servedBy.name}
          </span>
        ) : endpoint.state === "running" ? (
          <Button
            variant="ghost"
            icon={Square}
            className="-ml-2"
            data-testid="stop-endpoint"
            onClick={() => setStopping(true)}
          >
            Stop
          </Button>
        ) : (
          <Button
            variant="ghost"
            icon={Play}
            className="-ml-2"
            data-testid="start-endpoint"
            busy={start.isPending || endpoint.state === "starting"}
            onClick={() => start.mutate({ endpoint: endpoint.name, reason: "started from the Deployment page" })}
          >
            Start
          </Button>
        )}
        <span className="flex-1" />
        <Button
          variant="ghost"
          icon={Terminal}
          disabled={endpoint.state !== "running"}
          data-testid="try-open"
          onClick={() => openTry(endpoint.name)}
        >
          Try it
        </Button>
        <Button
          icon={Undo2}
          data-testid="rollback-endpoint"
          busy={rollback.isPending}
          disabled={endpoint.previousVersion === null || endpoint.servedBy?.alive}
          title={
            endpoint.servedBy?.alive
              ? `Roll back on ${endpoint.servedBy.name}`
              : endpoint.previousVersion === null
                ? "No earlier version has run here"
                : undefined
          }
          onClick={() =>
            rollback.mutate(
              { endpoint: endpoint.name, reason: "rolled back from the Deployment page" },
              { onSuccess: (now) => toast.ok({ title: `${now.name} runs v${now.version} again` }) },
            )
          }
        >
          {endpoint.previousVersion === null ? "Roll back" : `Roll back to v${endpoint.previousVersion}`}
        </Button>
      </div>
      {stopping && <StopDialog endpoint={endpoint} onClose={() => setStopping(false)} />}
    </footer>
  );
}
