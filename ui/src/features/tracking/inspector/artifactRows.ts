// A run's folders as one flat list: only what stands open has been read, and only rows in sight are drawn.
import type { ArtifactEntry, DrydockError } from "@/lib/api";

export type Folder = { entries: readonly ArtifactEntry[] | undefined; error: DrydockError | null };

export type ArtifactRow =
  | { kind: "folder"; key: string; depth: number; entry: ArtifactEntry; open: boolean }
  | { kind: "file"; key: string; depth: number; entry: ArtifactEntry }
  /** In an open folder: it is still being read, holds nothing, or could not be read. */
  | { kind: "loading"; key: string; depth: number }
  | { kind: "empty"; key: string; depth: number }
  | { kind: "error"; key: string; depth: number; path: string; error: DrydockError };

/** The folders on the way to a file. */
export function ancestors(file: string): string[] {
  const parts = file.split("/").slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join("/"));
}

/** The folders to read: the root and all that stand open beneath one that has been read. */
export function openFolders(
  entriesOf: (path: string) => readonly ArtifactEntry[] | undefined,
  open: (entry: ArtifactEntry) => boolean,
  path = "",
): string[] {
  const inside = (entriesOf(path) ?? []).filter((entry) => entry.isDir && open(entry));
  return [path, ...inside.flatMap((entry) => openFolders(entriesOf, open, entry.path))];
}

/** Folders first, then files, each folder followed by what is in it. */
export function artifactRows(
  folders: ReadonlyMap<string, Folder>,
  open: (entry: ArtifactEntry) => boolean,
  path = "",
  depth = 0,
): ArtifactRow[] {
  const { entries, error } = folders.get(path) ?? { entries: undefined, error: null };
  if (!entries && error) return [{ kind: "error", key: `error ${path}`, depth, path, error }];
  if (!entries) return [{ kind: "loading", key: `loading ${path}`, depth }];
  if (entries.length === 0) return [{ kind: "empty", key: `empty ${path}`, depth }];
  return [
    ...entries
      .filter((entry) => entry.isDir)
      .flatMap((entry): ArtifactRow[] => {
        const row = { kind: "folder" as const, key: entry.path, depth, entry, open: open(entry) };
        return row.open ? [row, ...artifactRows(folders, open, entry.path, depth + 1)] : [row];
      }),
    ...entries
      .filter((entry) => !entry.isDir)
      .map((entry): ArtifactRow => ({ kind: "file", key: entry.path, depth, entry })),
  ];
}

/** The row of the folder that holds this one. */
export function parentAt(rows: readonly ArtifactRow[], at: number): number {
  const depth = rows[at]?.depth ?? 0;
  for (let above = at - 1; above >= 0; above -= 1) if ((rows[above]?.depth ?? 0) < depth) return above;
  return at;
}
