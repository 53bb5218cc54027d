import { useQuery } from "@tanstack/react-query";
import { Copy, Download, FileQuestion, FileX2, Microscope, Trash2 } from "lucide-react";
import { type ComponentType, useCallback, useState } from "react";
import { type ArtifactKind, type ArtifactRef, api } from "@/lib/api";
import { aboutArtifactQuery, fileName, isShaped } from "@/lib/artifacts";
import { copyText } from "@/lib/clipboard";
import { formatBytes, shortDigest } from "@/lib/format";
import { inspect } from "@/lib/view";
import { Button } from "../Button";
import { CopyText } from "../CopyText";
import { EmptyState } from "../EmptyState";
import { ErrorState } from "../ErrorState";
import { IconButton } from "../IconButton";
import { Segmented } from "../Segmented";
import { Skeleton } from "../Skeleton";
import { toast } from "../Toast";
import { HtmlView } from "./HtmlView";
import { ImageView } from "./ImageView";
import { JsonView } from "./JsonView";
import { MarkdownView } from "./MarkdownView";
import { TableView } from "./TableView";
import { TextView } from "./TextView";
import type { ViewerProps } from "./viewer";

/** What each kind is shown by. Those that are text underneath can be read as such too. */
const VIEWERS: Partial<Record<ArtifactKind, ComponentType<ViewerProps>>> = {
  image: ImageView,
  csv: TableView,
  parquet: TableView,
  json: JsonView,
  markdown: MarkdownView,
  html: HtmlView,
  yaml: TextView,
  text: TextView,
};
const SOURCE: Partial<Record<ArtifactKind, string>> = {
  csv: "Table",
  json: "Tree",
  markdown: "Reading",
  html: "Page",
};

async function saveCopy(file: ArtifactRef) {
  try {
    const path = await api.saveArtifact(file);
    if (path) toast.ok({ title: `${fileName(file.path)} saved`, detail: path });
  } catch (error) {
    toast.error(`${fileName(file.path)} was not saved`, error);
  }
}

/** One file: what it is, its size and digest, and a look into it that never reads more than it shows. */
export function ArtifactViewer({ file, onTrash }: { file: ArtifactRef; onTrash?: () => void }) {
  const about = useQuery(aboutArtifactQuery(file));
  const [raw, setRaw] = useState(false);
  const known = about.data;
  const Viewer = known && VIEWERS[known.kind];
  // The digest of a file that turned out to be source only: another file of that name may be whole again.
  const [sourceOnly, setSourceOnly] = useState<string | null>(null);
  const digest = known?.sha256;
  const onSourceOnly = useCallback(() => setSourceOnly(digest ?? null), [digest]);
  const shaped = known && isShaped(known) && sourceOnly !== known.sha256 ? SOURCE[known.kind] : undefined;
  return (
    <section
      aria-label={file.path}
      data-testid="artifact-viewer"
      data-kind={known?.kind}
      className="flex min-h-0 min-w-0 flex-1 flex-col"
    >
      <header className="flex min-h-9 flex-none flex-wrap items-center gap-x-3 gap-y-1 border-line border-b bg-panel px-3 py-1">
        <div className="flex min-w-0 flex-1 items-baseline gap-2.5">
          <h4 className="selectable min-w-0 truncate font-semibold" title={file.path}>
            {fileName(file.path)}
          </h4>
          {known && (
            <span className="tnum flex flex-none items-baseline gap-2 text-fg-3 text-label">
              {formatBytes(known.sizeBytes)}
              <CopyText text={known.sha256} shown={shortDigest(known.sha256)} label={`sha256 of ${file.path}`} />
            </span>
          )}
        </div>
        <span className="flex flex-none items-center gap-1.5">
          {shaped && (
            <Segmented
              label="How it is shown"
              options={[
                { value: "shaped", label: shaped },
                { value: "raw", label: "Source" },
              ]}
              value={raw ? "raw" : "shaped"}
              onChange={(next) => setRaw(next === "raw")}
            />
          )}
          {known?.kind === "onnx" && (
            <Button icon={Microscope} data-testid="artifact-inspect" onClick={() => inspect({ file })}>
              Inspect
            </Button>
          )}
          <IconButton
            icon={Copy}
            label="Copy path"
            onClick={() =>
              void copyText(file.path).then((ok) => ok && toast.ok({ title: "Path copied", detail: file.path }))
            }
          />
          <IconButton
            icon={Download}
            label="Save a copy"
            data-testid="artifact-save"
            onClick={() => void saveCopy(file)}
          />
          {onTrash && (
            <IconButton icon={Trash2} label="Move to the trash" data-testid="artifact-trash" onClick={onTrash} />
          )}
        </span>
      </header>
      <div className="flex min-h-0 flex-1 flex-col">
        {about.isError && !known ? (
          <ErrorState
            title={`${fileName(file.path)} could not be read`}
            error={about.error}
            onRetry={() => void about.refetch()}
          />
        ) : !known ? (
          <Skeleton rows={8} />
        ) : Viewer ? (
          raw && shaped ? (
            <TextView key={known.sha256} file={file} about={known} />
          ) : (
            <Viewer key={known.sha256} file={file} about={known} onSourceOnly={onSourceOnly} />
          )
        ) : (
          <NotShown file={file} about={known} />
        )}
      </div>
    </section>
  );
}

function NotShown({ file, about }: Pick<ViewerProps, "file" | "about">) {
  if (about.kind === "onnx")
    return (
      <EmptyState
        icon={Microscope}
        title="ONNX model"
        detail="Its graph, weights and signature are read without running it."
        action={
          <Button size={28} variant="primary" icon={Microscope} onClick={() => inspect({ file })}>
            Inspect model
          </Button>
        }
      />
    );
  const empty = about.kind === "empty";
  return (
    <EmptyState
      icon={empty ? FileX2 : FileQuestion}
      title={empty ? "This file is empty" : "This kind of file is not opened here"}
      detail={empty ? "0 bytes were logged under this name." : about.says}
      action={
        empty ? undefined : (
          <Button size={28} icon={Download} onClick={() => void saveCopy(file)}>
            Save a copy
          </Button>
        )
      }
    />
  );
}
