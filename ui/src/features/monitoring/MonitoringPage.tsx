import { useQuery } from "@tanstack/react-query";
import { Activity, Anchor } from "lucide-react";
import { Button } from "@/components/Button";
import { EmptyState } from "@/components/EmptyState";
import { ErrorState } from "@/components/ErrorState";
import { PageBar } from "@/components/PageBar";
import { Segmented } from "@/components/Segmented";
import { Skeleton } from "@/components/Skeleton";
import { SnippetCard } from "@/components/SnippetCard";
import type { Endpoint } from "@/lib/api";
import { plural } from "@/lib/format";
import { usePersistent } from "@/lib/persist";
import { openTab, useView } from "@/lib/view";
import { EndpointMonitor } from "./EndpointMonitor";
import { endpointsQuery } from "./queries";

const WINDOWS = [
  { value: "60", label: "1 min" },
  { value: "300", label: "5 min" },
  { value: "600", label: "10 min" },
] as const;
type WindowS = (typeof WINDOWS)[number]["value"];

/** The Monitoring tab: what each endpoint answers now, second by second. */
export function MonitoringPage() {
  const endpoints = useQuery(endpointsQuery());
  const [windowS, setWindowS] = usePersistent<WindowS>("monitoring.window", "300");
  const known = endpoints.data ?? [];
  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col" data-testid="monitoring-page">
      <PageBar
        title="Monitoring"
        sub={
          known.length > 0
            ? `${plural(known.length, "endpoint")}, counted in this process, kept for 10 minutes`
            : undefined
        }
      >
        {known.length > 0 && <Segmented label="Window" options={WINDOWS} value={windowS} onChange={setWindowS} />}
      </PageBar>
      {endpoints.isError && !endpoints.data ? (
        <ErrorState
          title="Endpoints could not be read"
          error={endpoints.error}
          onRetry={() => void endpoints.refetch()}
        />
      ) : !endpoints.data ? (
        <Skeleton rows={4} rowHeight={180} />
      ) : known.length === 0 ? (
        <NothingAnswers />
      ) : (
        <Monitors endpoints={known} windowS={Number(windowS)} />
      )}
    </div>
  );
}

function Monitors({ endpoints, windowS }: { endpoints: readonly Endpoint[]; windowS: number }) {
  const { endpoint: chosen } = useView();
  // One endpoint may have the page; many share it.
  const height = endpoints.length === 1 ? 280 : endpoints.length === 2 ? 200 : 132;
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-2 overflow-y-auto p-2">
      {endpoints.map((endpoint) => (
        <EndpointMonitor
          key={endpoint.name}
          endpoint={endpoint}
          windowS={windowS}
          chosen={endpoint.name === chosen}
          height={height}
        />
      ))}
    </div>
  );
}

function NothingAnswers() {
  const code = [
    "# the address stands on the endpoint's card once it runs",
    "curl -s http://127.0.0.1:PORT/invocations \\",
    "  -H 'Content-Type: application/json' \\",
    '  -d \'{"inputs": {"features": [[0.1, 0.2]]}}\'',
  ].join("\n");
  return (
    <EmptyState
      icon={Activity}
      title="No endpoint answers yet"
      detail="Deploy a version to staging; every request it answers is counted here."
      action={
        <Button size={28} icon={Anchor} onClick={() => openTab("deployment")}>
          Open Deployment
        </Button>
      }
    >
      <SnippetCard title="Ask an endpoint" snippets={[{ id: "curl", label: "curl", code, language: "shell" }]} />
    </EmptyState>
  );
}
