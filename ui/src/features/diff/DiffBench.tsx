import { useQuery } from "@tanstack/react-query";
import { FolderOpen, GitCompareArrows } from "lucide-react";
import { Button } from "@/components/Button";
import { EmptyState } from "@/components/EmptyState";
import { ErrorState } from "@/components/ErrorState";
import { Select } from "@/components/Select";
import { Skeleton } from "@/components/Skeleton";
import { Status } from "@/components/Status";
import { api } from "@/lib/api";
import { formatDuration, plural } from "@/lib/format";
import { modelQuery } from "@/lib/queries";
import { type InspectSource, useDiffBase } from "@/lib/view";
import { DiffList } from "./DiffList";
import { DiffSummary } from "./DiffSummary";
import { diffQuery } from "./queries";

const OTHER_FILE = "file";

/** This model beside the one that it came after: a version of the same model, or any file. */
export function DiffBench({ source }: { source: InspectSource }) {
  const [base, setBase] = useDiffBase();
  return (
    <div className="flex h-full min-h-0 flex-col" data-testid="diff-bench">
      <div className="flex h-10 flex-none items-center gap-2 border-line border-b px-4">
        <span className="text-fg-2">From</span>
        <BasePicker source={source} base={base} onBase={setBase} />
        <span className="truncate text-fg-2">
          to <b className="font-medium text-fg">{nameOf(source)}</b>
        </span>
      </div>
      {base ? <Compared base={base} source={source} /> : <Choose source={source} />}
    </div>
  );
}

const baseName = (path: string) => path.split(/[\\/]/).at(-1) ?? path;
const nameOf = (source: InspectSource) =>
  "name" in source ? `v${source.version}` : baseName("path" in source ? source.path : source.file.path);

type PickerProps = { source: InspectSource; base: InspectSource | null; onBase: (base: InspectSource) => void };

function BasePicker({ source, base, onBase }: PickerProps) {
  const name = "name" in source ? source.name : "";
  const model = useQuery({ ...modelQuery(name), enabled: name !== "" });
  const others = (model.data?.versions ?? [])
    .filter((each) => "name" in source && each.version !== source.version)
    .sort((a, b) => b.version - a.version)
    .map((each) => ({
      value: String(each.version),
      label: `v${each.version}`,
      ...(each.stage === "None" ? {} : { detail: each.stage }),
    }));
  const file = base && "path" in base ? [{ value: OTHER_FILE, label: baseName(base.path) }] : [];
  const pickFile = async () => {
    const path = await api.pickModelFile();
    if (path) onBase({ path });
  };
  const value = base === null ? null : "name" in base ? String(base.version) : OTHER_FILE;
  return (
    <>
      {others.length + file.length > 0 && (
        <Select
          size={24}
          label="What it is compared with"
          className="w-44"
          placeholder="Choose a version"
          options={[...others, ...file]}
          value={value}
          onChange={(next) => next !== OTHER_FILE && onBase({ name, version: Number(next) })}
          data-testid="diff-base"
        />
      )}
      <Button icon={FolderOpen} data-testid="diff-file" onClick={() => void pickFile()}>
        Open file…
      </Button>
    </>
  );
}

function Choose({ source }: { source: InspectSource }) {
  return (
    <EmptyState
      icon={GitCompareArrows}
      title="Choose what to compare with"
      detail={
        "name" in source
          ? "Another version of this model, or any ONNX file on this machine. Neither model is run."
          : "Any ONNX file on this machine. Neither model is run."
      }
    />
  );
}

function Compared({ base, source }: { base: InspectSource; source: InspectSource }) {
  const found = useQuery(diffQuery(base, source));
  if (found.isError && !found.data)
    return (
      <ErrorState
        error={found.error}
        title="The models could not be compared"
        safe="Nothing was run and nothing was changed"
        onRetry={() => void found.refetch()}
      />
    );
  if (!found.data) return <Skeleton rows={16} />;
  const diff = found.data;
  const renamed = diff.nodesRenamed + diff.weightsRenamed;
  return (
    <>
      <DiffSummary diff={diff} />
      {diff.equal ? (
        <EmptyState
          title="The models are equal"
          detail={
            <>
              <Status tone="ok">
                all {plural(diff.nodesSame, "node")} and {plural(diff.weightsSame, "weight")} are the same
              </Status>
              {renamed > 0 && (
                <span className="block">{plural(renamed, "name")} differ, which computes nothing else.</span>
              )}
            </>
          }
        />
      ) : (
        <DiffList diff={diff} />
      )}
      <p className="tnum flex h-6 flex-none items-center border-line border-t px-4 text-fg-3 text-label">
        compared in {formatDuration(diff.tookUs / 1000)}; nodes are aligned by what they do, not by name
        {diff.nodesLeftOut + diff.weightsLeftOut > 0 &&
          `; ${plural(diff.nodesLeftOut + diff.weightsLeftOut, "difference")} counted, not listed`}
      </p>
    </>
  );
}
