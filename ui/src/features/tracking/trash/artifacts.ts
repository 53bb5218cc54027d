import { toast } from "@/components";
import { type ArtifactRef, api, type TrashEntry } from "@/lib/api";
import { plural } from "@/lib/format";

/** Moves a run's file or folder to the trash and offers the way back. */
export async function trashArtifact(file: ArtifactRef): Promise<boolean> {
  try {
    const { trashId, files } = await api.trashArtifact(file);
    toast.ok({
      title: `${file.path} moved to the trash`,
      detail: files > 1 ? plural(files, "file") : undefined,
      timeoutMs: 10_000,
      action: { label: "Undo", run: () => void restoreArtifacts({ trashId, path: file.path }) },
    });
    return true;
  } catch (error) {
    toast.error(`${file.path} was not moved`, error);
    return false;
  }
}

export async function restoreArtifacts({ trashId, path }: Pick<TrashEntry, "trashId" | "path">): Promise<void> {
  try {
    await api.restoreArtifacts(trashId);
    toast.ok({ title: `${path || "All files"} restored` });
  } catch (error) {
    toast.error(`${path || "The files"} could not be restored`, error);
  }
}
