import { BenchmarkSheet } from "@/features/benchmark/BenchmarkSheet";
import { DeployModal } from "@/features/deployment/DeployModal";
import { TrySheet } from "@/features/serving/TrySheet";
import { closeOverlay, useOverlay } from "@/lib/desk";

/** The one overlay that a feature has asked for. Features never import each other, so they meet here. */
export function DeskOverlays() {
  const overlay = useOverlay();
  if (!overlay) return null;
  if (overlay.kind === "deploy")
    return <DeployModal name={overlay.name} version={overlay.version} onClose={closeOverlay} />;
  if (overlay.kind === "benchmark")
    return <BenchmarkSheet name={overlay.name} version={overlay.version} onClose={closeOverlay} />;
  return <TrySheet endpoint={overlay.endpoint} onClose={closeOverlay} />;
}
