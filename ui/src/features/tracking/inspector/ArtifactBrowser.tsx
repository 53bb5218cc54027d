import { useQuery } from "@tanstack/react-query";
import {
  Box,
  Braces,
  ChevronDown,
  ChevronRight,
  Copy,
  File,
  FileCode,
  FileImage,
  FileText,
  Folder,
  FolderOpen,
  type LucideIcon,
  MousePointerClick,
  Table2,
  Trash2,
} from "lucide-react";
import { useState } from "react";
import { ContextMenu, EmptyState, ErrorState, IconButton, type MenuEntry, Skeleton, toast } from "@/components";
import { ArtifactViewer } from "@/components/artifact";
import type { ArtifactEntry, ArtifactRef, Run } from "@/lib/api";
import { copyText } from "@/lib/clipboard";
import { cx } from "@/lib/cx";
import { formatBytes, shortDigest } from "@/lib/format";
import { runArtifactsQuery } from "../queries";
import { trashArtifact } from "../trash/artifacts";

const ICONS: [RegExp, LucideIcon][] = [
  [/\.onnx$/i, Box],
  [/\.(png|jpe?g|gif|webp|svg)$/i, FileImage],
  [/\.(csv|tsv|parquet)$/i, Table2],
  [/\.(json|ipynb)$/i, Braces],
  [/\.(html?|ya?ml|py|toml|xml)$|^MLmodel$/i, FileCode],
  [/\.(txt|md|log)$/i, FileText],
];
const iconOf = (name: string) => ICONS.find(([pattern]) => pattern.test(name))?.[1] ?? File;

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
  // One place for the tree, narrow or wide: its open folders must survive the widening that a chosen file brings.
  return (
    <div className="flex h-full">
      <ContextMenu entriesAt={entriesAt}>
        <div
          data-testid="artifact-tree"
          className={cx("min-h-0 overflow-auto", wide ? "w-80 flex-none border-line border-r" : "min-w-0 flex-1")}
        >
          <Branch runId={run.runId} path="" depth={0} file={file} onFile={onFile} onTrash={onTrash} wide={wide} />
        </div>
      </ContextMenu>
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

type BranchProps = {
  runId: string;
  path: string;
  depth: number;
  file: string | null;
  onFile: (path: string) => void;
  onTrash: (path: string) => Promise<void>;
  wide: boolean;
};

async function copyPath(path: string) {
  if (await copyText(path)) toast.ok({ title: "Path copied", detail: path });
}

/** Read a folder at a time. */
function Branch(props: BranchProps) {
  const { runId, path, depth } = props;
  const { data, error, refetch } = useQuery(runArtifactsQuery(runId, path));
  if (error)
    return <ErrorState inline title="Artifacts could not be read" error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton rows={2} />;
  if (data.length === 0)
    return <p className="px-3 py-2 text-fg-3">{depth === 0 ? "This run has no artifacts." : "Empty folder"}</p>;
  const folders = data.filter((entry) => entry.isDir);
  const files = data.filter((entry) => !entry.isDir);
  return (
    <ul>
      {folders.map((entry) => (
        <FolderRow key={entry.path} {...props} entry={entry} />
      ))}
      {files.map((entry) => (
        <FileRow key={entry.path} {...props} entry={entry} />
      ))}
    </ul>
  );
}

const indent = (depth: number) => ({ paddingLeft: 12 + depth * 16 });

function FileRow({ entry, depth, file, onFile }: BranchProps & { entry: ArtifactEntry }) {
  const Icon = iconOf(entry.name);
  const chosen = entry.path === file;
  return (
    <li>
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
    </li>
  );
}

function FolderRow(props: BranchProps & { entry: ArtifactEntry }) {
  const { entry, depth, file, onTrash } = props;
  const [open, setOpen] = useState(entry.name === "model" || (file?.startsWith(`${entry.path}/`) ?? false));
  const Chevron = open ? ChevronDown : ChevronRight;
  const Icon = open ? FolderOpen : Folder;
  return (
    <li>
      <div className="group relative" data-path={entry.path}>
        <button
          type="button"
          aria-expanded={open}
          data-testid="artifact-folder"
          data-path={entry.path}
          onClick={() => setOpen(!open)}
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
      {open && <Branch {...props} path={entry.path} depth={depth + 1} />}
    </li>
  );
}
