// Files of runs and versions: what they are, and pieces of them.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { type ArtifactAbout, type ArtifactOwner, type ArtifactRef, api } from "./api";
import { keys } from "./cache";

export const FIRST_TEXT_BYTES = 256_000;
/** What "open the next" brings at a time. */
export const TEXT_PIECE_BYTES = 4_000_000;
/** JSON and HTML are read whole up to here, and shown as plain text beyond. */
export const WHOLE_TEXT_BYTES = 6_000_000;
/** Beyond this, laying out takes longer than anyone waits. */
const MARKDOWN_BYTES = 1_000_000;

/** Whether a file is short enough to be more than its source. */
export function isShaped({ kind, sizeBytes }: ArtifactAbout): boolean {
  if (kind === "markdown") return sizeBytes <= MARKDOWN_BYTES;
  return (kind !== "json" && kind !== "html") || sizeBytes <= WHOLE_TEXT_BYTES;
}
const TABLE_ROWS = 500;

export const fileName = (path: string) => path.split("/").at(-1) ?? path;

export const sameFile = (a: ArtifactRef, b: ArtifactRef) =>
  a.path === b.path && JSON.stringify(a.owner) === JSON.stringify(b.owner);

export const ownerId = (owner: ArtifactOwner) =>
  owner.kind === "run" ? owner.runId : `${owner.name}/${owner.version}`;

export const aboutArtifactQuery = (file: ArtifactRef) =>
  queryOptions({ queryKey: keys.artifact(file), queryFn: () => api.aboutArtifact(file), staleTime: 0 });

/** The content of a digest never changes, so it is read once. */
export const artifactTextQuery = (file: ArtifactRef, about: ArtifactAbout, firstBytes = FIRST_TEXT_BYTES) =>
  infiniteQueryOptions({
    queryKey: keys.artifactContent(file, about.sha256, `text ${firstBytes}`),
    queryFn: ({ pageParam }) =>
      api.readArtifactText({
        file,
        fromByte: pageParam,
        bytesMax: pageParam === 0 ? firstBytes : TEXT_PIECE_BYTES,
      }),
    initialPageParam: 0,
    getNextPageParam: (last) => (last.toByte < last.sizeBytes ? last.toByte : null),
  });

export const artifactTableQuery = (file: ArtifactRef, about: ArtifactAbout) =>
  infiniteQueryOptions({
    queryKey: keys.artifactContent(file, about.sha256, "table"),
    queryFn: ({ pageParam }) => api.readArtifactTable({ file, cursor: pageParam, rowsMax: TABLE_ROWS }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  });

export const artifactImageQuery = (file: ArtifactRef, about: ArtifactAbout) =>
  queryOptions({
    queryKey: keys.artifactContent(file, about.sha256, "image"),
    queryFn: () => api.readArtifactImage(file),
    gcTime: 30_000,
  });
