import type { ArtifactRef } from "@/lib/api";
import { Sheet } from "../Sheet";
import { ArtifactViewer } from "./ArtifactViewer";

/** One file in a sheet of its own. */
export function ArtifactSheet({ file, onClose }: { file: ArtifactRef; onClose: () => void }) {
  const { owner } = file;
  return (
    <Sheet
      open
      onClose={onClose}
      width="min(980px, calc(100vw - 160px))"
      title={owner.kind === "version" ? `${owner.name} v${owner.version}` : "Artifact"}
      sub={<span className="mono">{file.path}</span>}
      data-testid="artifact-sheet"
    >
      <div className="flex h-full flex-col">
        <ArtifactViewer file={file} />
      </div>
    </Sheet>
  );
}
