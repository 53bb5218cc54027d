import { useQuery } from "@tanstack/react-query";
import { Copy, FolderOpen, MousePointerClick, Trash2 } from "lucide-react";
import { EmptyState, type MenuEntry, toast } from "@/components";
import { ArtifactViewer } from "@/components/artifact";
import type { ArtifactRef, Run } from "@/lib/api";
import { copyText } from "@/lib/clipboard";
import { runArtifactsQuery } from "../queries";
import { trashArtifact } from "../trash/artifacts";
import { ArtifactTree } from "./ArtifactTree";

type Props = { run: Run; wide: boolean; file: string | null; onFile: (path: string | null) => void };

/** A run's files at the left, the chosen one beside them. */
export function ArtifactBrowser({ run, wide, file, onFile }: Props) {
  const ref = (path: string): ArtifactRef => ({ owner: { kind: "run", runId: run.runId }, path });
  const onTrash = async (path: string) => {
    const moved = await trashArtifact(ref(path));
    if (moved && (file === path || file?.startsWith(`${path}/`))) onFile(null);
  };
  const entriesAt = (target: Element): MenuEntry[] | null => {
    const path = target.closest<HTMLElement>("[data-path]")?.dataset.path;
    if (!path) return null;
    return [
      { heading: path },
      { label: "Copy path", icon: Copy, onSelect: () => void copyPath(path) },
      "separator",
      {
        label: "Move to the trash",
        icon: Trash2,
        danger: true,
        testId: "artifact-menu-trash",
        onSelect: () => void onTrash(path),
      },
    ];
  };
  const root = useQuery(runArtifactsQuery(run.runId, ""));
  if (root.data?.length === 0)
    return (
      <EmptyState
        icon={FolderOpen}
        title="No artifacts"
        detail="Files that this run logs with mlflow.log_artifact or log_model appear here."
      />
    );
  // One place for the tree, narrow or wide: its open folders must survive the widening that a chosen file brings.
  return (
    <div className="flex h-full">
      <ArtifactTree
        runId={run.runId}
        file={file}
        onFile={onFile}
        onTrash={onTrash}
        entriesAt={entriesAt}
        className={wide ? "w-80 flex-none border-line border-r" : "min-w-0 flex-1"}
      />
      {wide &&
        (file === null ? (
          <div className="min-w-0 flex-1">
            <EmptyState
              icon={MousePointerClick}
              title="Choose a file"
              detail="Tables, pictures, text and models open here."
            />
          </div>
        ) : (
          <ArtifactViewer key={file} file={ref(file)} onTrash={() => void onTrash(file)} />
        ))}
    </div>
  );
}

async function copyPath(path: string) {
  if (await copyText(path)) toast.ok({ title: "Path copied", detail: path });
}
