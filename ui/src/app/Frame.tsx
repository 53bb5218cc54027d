import { useQuery } from "@tanstack/react-query";
import { Split } from "@/components";
import { DeploymentPage } from "@/features/deployment/DeploymentPage";
import { MonitoringPage } from "@/features/monitoring/MonitoringPage";
import { RegistryPage } from "@/features/registry/RegistryPage";
import { StatusBar, WorkspaceProblem } from "@/features/workspace";
import { useValue } from "@/lib/persist";
import { workspaceQuery } from "@/lib/queries";
import { type Tab, useView } from "@/lib/view";
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
  return (
    <div className="flex h-full flex-col overflow-hidden">
      <TitleBar />
      {workspace.isError && !workspace.data ? <WorkspaceProblem error={workspace.error} /> : <Body />}
      <StatusBar />
      <ErrorBoundary name="Overlay">
        <Overlays />
      </ErrorBoundary>
    </div>
  );
}

function Body() {
  const open = useValue(panelOpen);
  return (
    <div className="flex min-h-0 flex-1">
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
