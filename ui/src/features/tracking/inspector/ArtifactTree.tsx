import { useQuery } from "@tanstack/react-query";
import { Box, ChevronDown, ChevronRight, File, Folder } from "lucide-react";
import { useState } from "react";
import { ErrorState, Skeleton } from "@/components";
import type { ArtifactEntry } from "@/lib/api";
import { formatBytes, shortDigest } from "@/lib/format";
import { runArtifactsQuery } from "../queries";

/** A run's files, read a folder at a time. */
export function ArtifactTree({ runId, path = "", depth = 0 }: { runId: string; path?: string; depth?: number }) {
  const { data, error, refetch } = useQuery(runArtifactsQuery(runId, path));
  if (error)
    return <ErrorState inline title="Artifacts could not be read" error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton rows={2} />;
  if (data.length === 0)
    return <p className="px-3 py-2 text-fg-3">{depth === 0 ? "This run has no artifacts." : "Empty folder"}</p>;
  return (
    <ul>
      {data.map((entry) => (
        <Entry key={entry.path} runId={runId} entry={entry} depth={depth} />
      ))}
    </ul>
  );
}

function Entry({ runId, entry, depth }: { runId: string; entry: ArtifactEntry; depth: number }) {
  const [open, setOpen] = useState(entry.name === "model");
  const padding = { paddingLeft: 12 + depth * 16 };
  if (!entry.isDir) {
    const Icon = entry.name.endsWith(".onnx") ? Box : File;
    return (
      <li
        style={padding}
        data-testid="artifact-row"
        className="flex h-6 items-center gap-2 border-line-2 border-b pr-3"
        title={entry.path}
      >
        <span className="w-3 flex-none" />
        <Icon size={14} className="text-fg-3" aria-hidden />
        <span className="mono selectable min-w-0 flex-1 truncate">{entry.name}</span>
        <span className="tnum text-fg-2">{formatBytes(entry.sizeBytes)}</span>
        <span className="mono w-16 text-right text-fg-3" title={entry.sha256 ?? undefined}>
          {shortDigest(entry.sha256)}
        </span>
      </li>
    );
  }
  const Chevron = open ? ChevronDown : ChevronRight;
  return (
    <li>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        style={padding}
        className="flex h-6 w-full items-center gap-2 border-line-2 border-b pr-3 text-left hover:bg-hover"
      >
        <Chevron size={12} className="text-fg-3" aria-hidden />
        <Folder size={14} className="text-fg-3" aria-hidden />
        <span className="mono truncate">{entry.name}</span>
      </button>
      {open && <ArtifactTree runId={runId} path={entry.path} depth={depth + 1} />}
    </li>
  );
}
