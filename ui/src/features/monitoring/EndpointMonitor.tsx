import { useQuery } from "@tanstack/react-query";
import { RadioTower } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { Card } from "@/components/Card";
import { EndpointStatus } from "@/components/EndpointStatus";
import { ErrorLine } from "@/components/ErrorLine";
import { CopyButton } from "@/components/SnippetCard";
import type { Endpoint, EndpointStats } from "@/lib/api";
import { cx } from "@/lib/cx";
import { formatClock, formatInteger, formatMs, formatNumber } from "@/lib/format";
import { openEndpoint } from "@/lib/view";
import { endpointStatsQuery } from "./queries";
import { drawnP99, errorLines, type Line, latencyLines, P99_SAMPLES_MIN, rateLines } from "./series";
import { TimeChart } from "./TimeChart";

type Props = { endpoint: Endpoint; windowS: number; chosen: boolean; height: number };

/** One endpoint: rate, latency and errors on one time axis, with one crosshair through all three. */
export function EndpointMonitor({ endpoint, windowS, chosen, height }: Props) {
  const running = endpoint.state === "running";
  const stats = useQuery({ ...endpointStatsQuery(endpoint.name, windowS), enabled: running });
  const card = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (chosen) card.current?.scrollIntoView?.({ block: "nearest" });
  }, [chosen]);
  return (
    <div ref={card} className="flex-none">
      <Card
        data-testid="monitoring-endpoint"
        data-endpoint={endpoint.name}
        data-requests={stats.data?.requests}
        aria-label={endpoint.name}
        className={cx(chosen && "border-accent-line")}
      >
        <MonitorHead endpoint={endpoint} />
        {!running ? (
          <p className="p-3 text-fg-2">
            {endpoint.problem ?? `The endpoint is ${endpoint.state}; requests are counted once it answers.`}
          </p>
        ) : stats.isError && !stats.data ? (
          <div className="p-3 pb-1">
            <ErrorLine title="Figures could not be read" error={stats.error} />
          </div>
        ) : (
          <MonitorBody stats={stats.data ?? endpoint.stats} endpoint={endpoint} height={height} />
        )}
      </Card>
    </div>
  );
}

function MonitorHead({ endpoint }: { endpoint: Endpoint }) {
  return (
    <header className="flex h-8 items-center gap-2 border-line-2 border-b px-3">
      <RadioTower size={14} className="text-fg-3" aria-hidden />
      <button
        type="button"
        className="truncate font-semibold text-head hover:text-accent"
        title="Open in Deployment"
        onClick={() => openEndpoint(endpoint.name, "deployment")}
      >
        {endpoint.name}
      </button>
      <EndpointStatus state={endpoint.state} />
      <span className="mono truncate text-fg-3">
        {endpoint.modelName} v{endpoint.version}
      </span>
      <span className="mono selectable ml-auto truncate text-fg-3">{endpoint.address}</span>
    </header>
  );
}

function MonitorBody({ stats, endpoint, height }: { stats: EndpointStats; endpoint: Endpoint; height: number }) {
  const [cursor, setCursor] = useState<number | null>(null);
  const points = stats.series;
  const timesMs = points.map((point) => point.atMs);
  const at = cursor !== null ? (points[cursor] ?? null) : null;
  const shared = { timesMs, height, cursor, onCursor: setCursor };
  const rate = rateLines(points);
  const latency = latencyLines(points);
  const errors = errorLines(points);
  const when = at ? formatClock(at.atMs) : null;
  const refusedSeconds = points.some((point) => point.requests > 0 && drawnP99(point) === null);
  return (
    <>
      <div className="grid grid-cols-3 divide-x divide-line-2">
        <Panel
          title="Request rate"
          figures={[{ label: "req/s", value: formatNumber(stats.ratePerS, stats.ratePerS < 10 ? 2 : 1) }]}
          at={at && when && `${when}: ${formatInteger(at.requests)}/s`}
        >
          <TimeChart {...shared} title="Requests a second" lines={rate} leastCeiling={2} counted />
        </Panel>
        <Panel
          title="Latency"
          figures={[
            { label: "p50 ms", value: milliseconds(stats.p50Ms), line: latency[0] },
            { label: "p95 ms", value: milliseconds(stats.p95Ms) },
            { label: "p99 ms", value: milliseconds(stats.p99Ms), line: latency[1] },
          ]}
          at={at && when && `${when}: p50 ${formatMs(at.p50Ms)}, p99 ${formatMs(drawnP99(at))}`}
        >
          <TimeChart {...shared} title="Latency in milliseconds" lines={latency} leastCeiling={0.1} />
        </Panel>
        <Panel
          title="Errors"
          figures={[
            {
              label: `of ${formatInteger(stats.requests)} requests`,
              value: formatInteger(stats.errors),
              bad: stats.errors > 0,
            },
          ]}
          at={at && when && `${when}: ${formatInteger(at.errors)}`}
        >
          <TimeChart {...shared} title="Errors a second" lines={errors} leastCeiling={2} counted />
        </Panel>
      </div>
      <footer className="flex min-h-6.5 items-center gap-4 border-line-2 border-t px-3 py-1 text-fg-3 text-label">
        {stats.requests === 0 ? (
          <span className="flex min-w-0 items-center gap-2">
            No request in this window.
            {endpoint.address && (
              <>
                <code className="mono selectable truncate text-fg-2">curl -s {endpoint.address}/v2/health/ready</code>
                <CopyButton text={`curl -s ${endpoint.address}/v2/health/ready`} className="h-5!" />
              </>
            )}
          </span>
        ) : (
          <>
            {stats.p99Refused && <span data-testid="p99-refused">p99 {stats.p99Refused}</span>}
            {refusedSeconds && <span>p99 is drawn for seconds with at least {P99_SAMPLES_MIN} requests</span>}
          </>
        )}
        <span className="ml-auto whitespace-nowrap">
          {stats.windowS < 2 ? "just started" : `last ${stats.windowS} s, one point a second`}
        </span>
      </footer>
    </>
  );
}

const milliseconds = (ms: number | null) => formatMs(ms).replace(" ms", "");

type Figure = { label: string; value: string; line?: Line; bad?: boolean };

function Panel({
  title,
  figures,
  at,
  children,
}: {
  title: string;
  figures: readonly Figure[];
  at: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className="min-w-0">
      <header className="flex h-11 items-center gap-3.5 overflow-hidden px-3">
        <h4 className="font-semibold">{title}</h4>
        {figures.map((figure) => (
          <span key={figure.label} className="leading-4">
            <span className="flex items-center gap-1 whitespace-nowrap text-fg-3 text-label">
              {figure.line && <i className="h-0.5 w-2.5" style={{ background: figure.line.color }} />}
              {figure.label}
            </span>
            <b className={cx("tnum whitespace-nowrap font-semibold text-head", figure.bad && "text-bad")}>
              {figure.value}
            </b>
          </span>
        ))}
        <span className="tnum ml-auto truncate text-fg-3 text-label">{at}</span>
      </header>
      {children}
    </section>
  );
}
