import { useQuery } from "@tanstack/react-query";
import { Anchor, Boxes } from "lucide-react";
import { Button } from "@/components/Button";
import { EmptyState } from "@/components/EmptyState";
import { ErrorState } from "@/components/ErrorState";
import { PageBar } from "@/components/PageBar";
import { Skeleton } from "@/components/Skeleton";
import type { Endpoint } from "@/lib/api";
import { openDeploy } from "@/lib/desk";
import { plural } from "@/lib/format";
import { openTab, useView } from "@/lib/view";
import { DeploymentHistory } from "./DeploymentHistory";
import { EndpointCard } from "./EndpointCard";
import { endpointsQuery, modelsQuery } from "./queries";

/** The Deployment tab: what runs in Staging on this machine, and everything that was deployed, refused or taken back. */
export function DeploymentPage() {
  const endpoints = useQuery(endpointsQuery());
  const models = useQuery(modelsQuery());
  const deployable = (models.data ?? []).some((model) => model.versionCount > 0);
  const known = endpoints.data ?? [];
  const running = known.filter((endpoint) => endpoint.state === "running").length;
  return (
    <div className="@container flex min-h-0 min-w-0 flex-1 flex-col" data-testid="deployment-page">
      <PageBar
        title="Deployment"
        sub={known.length > 0 ? `${plural(known.length, "endpoint")} on this machine, ${running} running` : undefined}
      >
        <Button
          variant="primary"
          icon={Anchor}
          disabled={!deployable}
          title={deployable ? undefined : "No model version is registered yet"}
          data-testid="deploy-new"
          onClick={() => openDeploy()}
        >
          Deploy a version
        </Button>
      </PageBar>
      {endpoints.isError && !endpoints.data ? (
        <ErrorState
          title="Endpoints could not be read"
          error={endpoints.error}
          onRetry={() => void endpoints.refetch()}
        />
      ) : endpoints.data ? (
        <div className="grid min-h-0 flex-1 grid-rows-[minmax(0,3fr)_minmax(0,2fr)] @min-[900px]:grid-cols-[minmax(0,1fr)_minmax(0,1fr)] @min-[900px]:grid-rows-1">
          <Staging endpoints={known} deployable={deployable} />
          <DeploymentHistory />
        </div>
      ) : (
        <Skeleton rows={6} rowHeight={120} />
      )}
    </div>
  );
}

function Staging({ endpoints, deployable }: { endpoints: readonly Endpoint[]; deployable: boolean }) {
  const { endpoint: chosen } = useView();
  return (
    <section aria-label="Staging" className="flex min-h-0 flex-col border-line border-r">
      <header className="flex h-10 flex-none items-center gap-2 px-3">
        <Anchor size={14} className="text-accent" aria-hidden />
        <h3 className="font-semibold text-head">Staging</h3>
        <span className="truncate text-fg-3 text-label">on this machine, one click to deploy, one to roll back</span>
      </header>
      {endpoints.length === 0 ? (
        <NothingRuns deployable={deployable} />
      ) : (
        <div className="flex min-h-0 flex-1 flex-col gap-2 overflow-y-auto px-3 pb-3">
          {endpoints.map((endpoint) => (
            <EndpointCard key={endpoint.name} endpoint={endpoint} chosen={endpoint.name === chosen} />
          ))}
        </div>
      )}
    </section>
  );
}

function NothingRuns({ deployable }: { deployable: boolean }) {
  return deployable ? (
    <EmptyState
      icon={Anchor}
      title="Nothing is deployed yet"
      detail="A deployment verifies the files, runs the gates and only then starts an endpoint on loopback."
      action={
        <Button variant="default" size={28} icon={Anchor} onClick={() => openDeploy()}>
          Deploy a version
        </Button>
      }
    />
  ) : (
    <EmptyState
      icon={Boxes}
      title="Nothing to deploy yet"
      detail="Register a model version first; the Registry shows the few lines of Python that do it."
      action={
        <Button size={28} icon={Boxes} onClick={() => openTab("registry")}>
          Open the Registry
        </Button>
      }
    />
  );
}
