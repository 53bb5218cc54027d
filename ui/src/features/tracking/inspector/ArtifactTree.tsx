import { useQueries, useQueryClient } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  Box,
  Braces,
  ChevronDown,
  ChevronRight,
  CircleX,
  File,
  FileCode,
  FileImage,
  FileText,
  Folder,
  FolderOpen,
  type LucideIcon,
  Table2,
  Trash2,
} from "lucide-react";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { Button, ContextMenu, ErrorState, IconButton, type MenuEntry, Skeleton } from "@/components";
import type { ArtifactEntry } from "@/lib/api";
import { cx } from "@/lib/cx";
import { formatBytes, shortDigest } from "@/lib/format";
import { runArtifactsQuery } from "../queries";
import { type ArtifactRow, ancestors, artifactRows, openFolders, parentAt } from "./artifactRows";

const ICONS: [RegExp, LucideIcon][] = [
  [/\.onnx$/i, Box],
  [/\.(png|jpe?g|gif|webp|svg)$/i, FileImage],
  [/\.(csv|tsv|parquet)$/i, Table2],
  [/\.(json|ipynb)$/i, Braces],
  [/\.(html?|ya?ml|py|toml|xml)$|^MLmodel$/i, FileCode],
  [/\.(txt|md|log)$/i, FileText],
];
const iconOf = (name: string) => ICONS.find(([pattern]) => pattern.test(name))?.[1] ?? File;

const ROW = 24;
/** What was opened or closed by hand; else a model's folder stands open. */
type Toggled = ReadonlyMap<string, boolean>;

type Props = {
  runId: string;
  file: string | null;
  onFile: (path: string) => void;
  onTrash: (path: string) => Promise<void>;
  entriesAt: (target: Element) => MenuEntry[] | null;
  className: string;
};

/** Folders and files of a run; a folder is read when it is opened. */
export function ArtifactTree({ runId, file, onFile, onTrash, entriesAt, className }: Props) {
  // The way to a file that was chosen elsewhere stands open.
  const [toggled, setToggled] = useState<Toggled>(() => new Map(ancestors(file ?? "").map((path) => [path, true])));
  const { rows, root } = useRows(runId, toggled);
  const frame = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW,
    overscan: 20,
    getItemKey: (index) => rows[index]?.key ?? index,
  });
  const toggle = (path: string, open: boolean) => setToggled((before) => new Map(before).set(path, open));

  const goTo = (at: number) => {
    virtual.scrollToIndex(at, { align: "auto" });
    // Drawn by then, wherever it was.
    requestAnimationFrame(() =>
      frame.current?.querySelector<HTMLElement>(`[data-index="${at}"] button[data-path]`)?.focus(),
    );
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const at = Number((event.target as Element).closest<HTMLElement>("[data-index]")?.dataset.index ?? -1);
    const row = rows[at];
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const folder = row.kind === "folder" ? row : null;
    if (event.key === "ArrowDown") goTo(nextAt(rows, at, 1));
    else if (event.key === "ArrowUp") goTo(nextAt(rows, at, -1));
    else if (event.key === "ArrowRight" && folder && !folder.open) toggle(folder.entry.path, true);
    else if (event.key === "ArrowLeft" && folder?.open) toggle(folder.entry.path, false);
    else if (event.key === "ArrowLeft") goTo(parentAt(rows, at));
    else return;
    event.preventDefault();
  };

  const body = root.error ? (
    <ErrorState inline title="Artifacts could not be read" error={root.error} onRetry={root.retry} />
  ) : root.empty === null ? (
    <Skeleton rows={2} />
  ) : root.empty ? (
    <p className="px-3 py-2 text-fg-3">This run has no artifacts.</p>
  ) : (
    <ul onKeyDown={onKeyDown} style={{ height: virtual.getTotalSize() }} className="relative">
      {virtual.getVirtualItems().map((item) => {
        const row = rows[item.index];
        if (!row) return null;
        return (
          <li
            key={item.key}
            data-index={item.index}
            style={{ height: ROW, transform: `translateY(${item.start}px)` }}
            className="absolute top-0 left-0 w-full"
          >
            <Row row={row} chosen={file} onFile={onFile} onTrash={onTrash} onToggle={toggle} onRetry={root.retry} />
          </li>
        );
      })}
    </ul>
  );
  return (
    <div ref={frame} data-testid="artifact-tree" className={cx("min-h-0 overflow-auto", className)}>
      <ContextMenu entriesAt={entriesAt}>
        <div className="min-h-full">{body}</div>
      </ContextMenu>
    </div>
  );
}

/** The next row that can be chosen, down or up. */
function nextAt(rows: readonly ArtifactRow[], from: number, step: 1 | -1): number {
  for (let at = from + step; at >= 0 && at < rows.length; at += step)
    if (rows[at]?.kind === "folder" || rows[at]?.kind === "file") return at;
  return from;
}

function useRows(runId: string, toggled: Toggled) {
  const client = useQueryClient();
  const open = ({ path, name }: ArtifactEntry) => toggled.get(path) ?? name === "model";
  // What was read before says which folders stand open; each answer draws this anew.
  const paths = openFolders((path) => client.getQueryData(runArtifactsQuery(runId, path).queryKey), open);
  const answers = useQueries({ queries: paths.map((path) => runArtifactsQuery(runId, path)) });
  const stamp = answers.map((answer) => `${answer.dataUpdatedAt} ${answer.errorUpdatedAt} ${answer.status}`).join();
  const identity = paths.join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the stamps stand for the answers, the paths for what is open
  const rows = useMemo(() => {
    const folders = new Map(
      paths.map((path, at) => [path, { entries: answers[at]?.data, error: answers[at]?.error ?? null }]),
    );
    return artifactRows(folders, open);
  }, [identity, stamp, toggled]);
  const [first] = answers;
  return {
    rows,
    root: {
      error: first?.isError && !first.data ? first.error : null,
      empty: first?.data ? first.data.length === 0 : null,
      retry: () => {
        for (const answer of answers) if (answer.isError) void answer.refetch();
      },
    },
  };
}

const indent = (depth: number) => ({ paddingLeft: 12 + depth * 16 });

type RowProps = {
  row: ArtifactRow;
  chosen: string | null;
  onFile: (path: string) => void;
  onTrash: (path: string) => Promise<void>;
  onToggle: (path: string, open: boolean) => void;
  onRetry: () => void;
};

function Row({ row, chosen, onFile, onTrash, onToggle, onRetry }: RowProps) {
  if (row.kind === "folder") return <FolderRow row={row} onTrash={onTrash} onToggle={onToggle} />;
  if (row.kind === "file") return <FileRow row={row} chosen={row.entry.path === chosen} onFile={onFile} />;
  if (row.kind === "loading") return <Skeleton rows={1} />;
  if (row.kind === "empty")
    return (
      <p style={indent(row.depth)} className="flex h-6 items-center text-fg-3">
        Empty folder
      </p>
    );
  return (
    <p role="alert" style={indent(row.depth)} className="flex h-6 items-center gap-2 pr-2">
      <CircleX size={14} className="flex-none text-bad" aria-hidden />
      <span className="selectable min-w-0 flex-1 truncate text-fg-2" title={row.error.message}>
        {row.path} could not be read: {row.error.message}
      </span>
      <Button className="h-5!" onClick={onRetry}>
        Try again
      </Button>
    </p>
  );
}

type FileProps = {
  row: Extract<ArtifactRow, { kind: "file" }>;
  chosen: boolean;
  onFile: (path: string) => void;
};

function FileRow({ row: { entry, depth }, chosen, onFile }: FileProps) {
  const Icon = iconOf(entry.name);
  return (
    <button
      type="button"
      style={indent(depth)}
      data-testid="artifact-row"
      data-path={entry.path}
      aria-current={chosen || undefined}
      onClick={() => onFile(entry.path)}
      title={`${entry.path}\nsha256 ${entry.sha256 ?? "unknown"}`}
      className={cx(
        "flex h-6 w-full items-center gap-2 border-line-2 border-b pr-3 text-left focus-visible:-outline-offset-1",
        chosen ? "row-active" : "hover:bg-hover",
      )}
    >
      <span className="w-3 flex-none" />
      <Icon size={14} className="text-fg-3" aria-hidden />
      <span className="mono min-w-0 flex-1 truncate">{entry.name}</span>
      <span className="tnum flex-none text-fg-2">{formatBytes(entry.sizeBytes)}</span>
      <span className="mono w-15 flex-none text-right text-fg-3">{shortDigest(entry.sha256)}</span>
    </button>
  );
}

type FolderProps = {
  row: Extract<ArtifactRow, { kind: "folder" }>;
  onTrash: (path: string) => Promise<void>;
  onToggle: (path: string, open: boolean) => void;
};

function FolderRow({ row: { entry, depth, open }, onTrash, onToggle }: FolderProps) {
  const Chevron = open ? ChevronDown : ChevronRight;
  const Icon = open ? FolderOpen : Folder;
  return (
    <div className="group relative" data-path={entry.path}>
      <button
        type="button"
        aria-expanded={open}
        data-testid="artifact-folder"
        data-path={entry.path}
        onClick={() => onToggle(entry.path, !open)}
        style={indent(depth)}
        className="flex h-6 w-full items-center gap-2 border-line-2 border-b pr-8 text-left focus-visible:-outline-offset-1 group-hover:bg-hover"
      >
        <Chevron size={12} className="text-fg-3" aria-hidden />
        <Icon size={14} className="text-fg-3" aria-hidden />
        <span className="mono truncate">{entry.name}</span>
      </button>
      <span className="absolute inset-y-0 right-1 flex items-center opacity-0 focus-within:opacity-100 group-hover:opacity-100">
        <IconButton
          icon={Trash2}
          label={`Move ${entry.name} to the trash`}
          data-testid="artifact-folder-trash"
          onClick={() => void onTrash(entry.path)}
        />
      </span>
    </div>
  );
}
