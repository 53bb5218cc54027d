import { ArtifactSheet } from "@/components/artifact";
import { DeployModal } from "@/features/deployment/DeployModal";
import { ImportDialog } from "@/features/import";
import { CompareVersions } from "@/features/registry/CompareVersions";
import { RuntimeDialog } from "@/features/runtime/RuntimeDialog";
import { TrySheet } from "@/features/serving/TrySheet";
import { CompareRuns, RunInspector } from "@/features/tracking";
import { LogToMeDialog } from "@/features/training";
import { CloseDialog, WorkspaceOverlay } from "@/features/workspace";
import { closeOverlay, useOverlay } from "@/lib/desk";
import { useSignal } from "@/lib/signal";
import { inspect, useInspected, useView } from "@/lib/view";
import { CommandPalette } from "./CommandPalette";
import { importOpen, logToMeOpen } from "./commands";
import { DropZone } from "./DropZone";
import { LabSheet } from "./lab/LabSheet";
import { ShortcutsDialog } from "./ShortcutsDialog";
import { useOpenExperiment } from "./useOpenExperiment";

/** Everything that opens over a page; each reads its own state. */
export function Overlays() {
  const source = useInspected();
  const overlay = useOverlay();
  const { tab } = useView();
  const experiment = useOpenExperiment();
  return (
    <>
      {tab === "training" && <CompareRuns />}
      {tab === "training" && <RunInspector />}
      {overlay?.kind === "deploy" && (
        <DeployModal name={overlay.name} version={overlay.version} onClose={closeOverlay} />
      )}
      {overlay?.kind === "artifact" && <ArtifactSheet file={overlay.file} onClose={closeOverlay} />}
      {overlay?.kind === "compare" && (
        <CompareVersions
          key={`${overlay.name} ${overlay.left} ${overlay.right}`}
          name={overlay.name}
          left={overlay.left}
          right={overlay.right}
          onClose={closeOverlay}
        />
      )}
      {overlay?.kind === "try" && <TrySheet endpoint={overlay.endpoint} onClose={closeOverlay} />}
      {overlay?.kind === "runtime" && <RuntimeDialog onClose={closeOverlay} />}
      {overlay && <WorkspaceOverlay overlay={overlay} />}
      {source && <LabSheet source={source} onClose={() => inspect(null)} />}
      <LogToMeDialog
        experiment={experiment?.name ?? null}
        open={useSignal(logToMeOpen)}
        onClose={() => logToMeOpen.set(false)}
      />
      <ImportDialog open={useSignal(importOpen)} onClose={() => importOpen.set(false)} />
      <ShortcutsDialog />
      <CommandPalette />
      <CloseDialog />
      <DropZone />
    </>
  );
}
