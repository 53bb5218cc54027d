import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { Split } from "@/components";
import { DeploymentPage } from "@/features/deployment/DeploymentPage";
import { MonitoringPage } from "@/features/monitoring/MonitoringPage";
import { RegistryPage } from "@/features/registry/RegistryPage";
import { ConnectionBar, StatusBar, WorkspaceProblem } from "@/features/workspace";
import { useConnection } from "@/lib/connection";
import { cx } from "@/lib/cx";
import { useValue } from "@/lib/persist";
import { workspaceQuery } from "@/lib/queries";
import { type Tab, useInspected, useView } from "@/lib/view";
import { ErrorBoundary } from "./ErrorBoundary";
import { IconRail } from "./IconRail";
import { LeftPanel } from "./LeftPanel";
import { Overlays } from "./Overlays";
import { panelOpen } from "./panel";
import { TitleBar } from "./TitleBar";
import { TrainingPage } from "./TrainingPage";

const PAGES: Record<Tab, () => React.ReactNode> = {
  registry: RegistryPage,
  training: TrainingPage,
  deployment: DeploymentPage,
  monitoring: MonitoringPage,
};

function Main() {
  const { tab } = useView();
  const Page = PAGES[tab];
  return (
    <main data-testid={`page-${tab}`} className="flex min-h-0 min-w-0 flex-1 flex-col overflow-hidden bg-app">
      <ErrorBoundary key={tab} name={tab}>
        <Page />
      </ErrorBoundary>
    </main>
  );
}

/** Title 40, body, status 22. */
export function Frame() {
  const workspace = useQuery(workspaceQuery());
  const problem = useProblem(workspace);
  return (
    <div className="flex h-full flex-col overflow-hidden">
      <TitleBar />
      <ConnectionBar />
      {problem ? <WorkspaceProblem error={problem} /> : <Body />}
      <StatusBar />
      <ErrorBoundary name="Overlay">
        <Overlays />
      </ErrorBoundary>
    </div>
  );
}

/** Why no workspace is open. It stays while the question is asked again, or whoever types a passphrase would lose it. */
function useProblem({ data, error }: { data: unknown; error: Error | null }): Error | null {
  const last = useRef<Error | null>(null);
  if (data) last.current = null;
  else if (error) last.current = error;
  return last.current;
}

function Body() {
  const open = useValue(panelOpen);
  const stale = useConnection().state === "lost";
  const inLab = useInspected() !== null;
  return (
    // The lab takes the page's place: what lies beneath need not be drawn, and its scroll bars must not shine through.
    // What was read before the connection went is kept, and looks it.
    <div
      data-testid="body"
      data-stale={stale || undefined}
      className={cx("flex min-h-0 flex-1", stale && "opacity-75 saturate-[0.3]", inLab && "invisible")}
    >
      {open ? (
        <Split
          id="panel"
          label="Width of the left panel"
          initial={248}
          min={220}
          max={360}
          minRest={560}
          quiet
          start={<LeftPanel />}
          end={<Main />}
        />
      ) : (
        <>
          <IconRail />
          <Main />
        </>
      )}
    </div>
  );
}
