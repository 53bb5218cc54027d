import { useQuery } from "@tanstack/react-query";
import { FolderOpen, TriangleAlert } from "lucide-react";
import { Button } from "@/components/Button";
import { ErrorLine } from "@/components/ErrorLine";
import { api, type RunDataLook } from "@/lib/api";
import { fileName } from "@/lib/artifacts";
import { formatInteger, plural } from "@/lib/format";
import type { InspectSource } from "@/lib/view";
import { dataLookQuery } from "./queries";

type Props = { source: InspectSource; file: string | null; onChange: (file: string) => void };

/** A file of rows, and what the model would take from it. */
export function FileForm({ source, file, onChange }: Props) {
  const pick = async () => {
    const path = await api.pickRunData();
    if (path) onChange(path);
  };
  return (
    <div className="flex flex-col gap-2">
      <Button icon={FolderOpen} data-testid="run-pick-file" onClick={() => void pick()}>
        {file ? "Choose another file" : "Choose a file"}
      </Button>
      {file ? (
        <Look source={source} file={file} />
      ) : (
        <p className="text-fg-3 text-label">CSV, Parquet, NPY, NPZ, JSON, TensorProto</p>
      )}
    </div>
  );
}

function Look({ source, file }: { source: InspectSource; file: string }) {
  const look = useQuery(dataLookQuery(source, file));
  return (
    <div className="flex flex-col gap-1.5">
      <p className="mono selectable truncate" title={file}>
        {fileName(file)}
      </p>
      {look.isPending && <p className="text-fg-3">Reading</p>}
      {look.isError && <ErrorLine title="This file cannot be read" error={look.error} />}
      {look.data && <Found look={look.data} />}
    </div>
  );
}

function Found({ look }: { look: RunDataLook }) {
  const rows = look.rows === null ? "rows not counted" : plural(look.rows, "row");
  return (
    <>
      <p className="tnum text-fg-2">
        {look.format}, {rows}, {plural(look.columns.length, "column")}
      </p>
      {look.notes.map((note) => (
        <p key={note} className="text-fg-3 text-label">
          {note}
        </p>
      ))}
      {look.problem && (
        <p role="alert" className="selectable flex gap-2 rounded-card bg-warn-weak px-2.5 py-2">
          <TriangleAlert size={14} className="mt-px flex-none text-warn" aria-hidden />
          <span className="min-w-0 break-words">{look.problem}</span>
        </p>
      )}
      {look.bindings.map((bound) => (
        <p key={bound.input} className="text-fg-2">
          <b className="mono font-medium text-fg">{bound.input}</b> takes {columnsText(bound.columns)}
        </p>
      ))}
    </>
  );
}

const NAMED = 6;

const columnsText = (columns: string[]): string =>
  columns.length <= NAMED
    ? columns.join(", ")
    : `${columns.slice(0, NAMED).join(", ")} and ${formatInteger(columns.length - NAMED)} more columns`;
