import { useQuery } from "@tanstack/react-query";
import { FileX2, RotateCw } from "lucide-react";
import { Button } from "@/components/Button";
import { Sheet } from "@/components/Sheet";
import { Skeleton } from "@/components/Skeleton";
import { CopyButton } from "@/components/SnippetCard";
import { Tabs } from "@/components/Tabs";
import { inspectionQuery } from "@/features/inspection/queries";
import { type DrydockError, errorDetails, type ModelReport } from "@/lib/api";
import { fileName } from "@/lib/artifacts";
import { formatBytes, formatDuration } from "@/lib/format";
import { type InspectSource, useLabTab } from "@/lib/view";
import { LabActions } from "./LabActions";
import { labTabs } from "./tabs";

type Props = { source: InspectSource; onClose: () => void };

/** The model lab: what an ONNX file is, what it computes, what it costs. Looking at it never runs it. */
export function LabSheet({ source, onClose }: Props) {
  const report = useQuery(inspectionQuery(source));
  const asked =
    "file" in source
      ? fileName(source.file.path)
      : "path" in source
        ? (source.path.split(/[\\/]/).at(-1) ?? source.path)
        : `${source.name} v${source.version}`;
  return (
    <Sheet
      open
      onClose={onClose}
      whole
      title={"name" in source ? asked : (report.data?.fileName ?? asked)}
      sub={report.data ? <HeadFacts report={report.data} source={source} /> : undefined}
      actions={"name" in source && <LabActions name={source.name} version={source.version} />}
      data-testid="inspect-sheet"
    >
      {report.data ? (
        <Benches report={report.data} source={source} />
      ) : report.isError ? (
        <Unreadable
          error={report.error}
          asked={"path" in source ? source.path : asked}
          onRetry={() => void report.refetch()}
        />
      ) : (
        <Skeleton rows={16} />
      )}
    </Sheet>
  );
}

function HeadFacts({ report, source }: { report: ModelReport; source: InspectSource }) {
  return (
    <span title={report.path}>
      {"name" in source && `${report.fileName} · `}
      {formatBytes(report.sizeBytes)} · opened in {formatDuration(report.tookUs / 1000)} · runs only in a sandboxed
      worker
    </span>
  );
}

/** Every bench of the lab that this model has work for. */
function Benches({ report, source }: { report: ModelReport; source: InspectSource }) {
  const [tab, setTab] = useLabTab();
  const items = labTabs(source, report);
  const shown = items.some((item) => item.value === tab) ? tab : "overview";
  return (
    <div className="flex h-full flex-col">
      <Tabs
        label="Model lab"
        value={shown}
        onChange={setTab}
        items={items.map(({ icon: Icon, ...item }) => ({
          ...item,
          label: (
            <>
              <Icon size={13} aria-hidden />
              {item.label}
            </>
          ),
          content: item.value === shown && item.content(),
        }))}
      />
    </div>
  );
}

/** The reader's own sentence, as it is: it names the field and the bytes, which no rewording could. */
function Unreadable({ error, asked, onRetry }: { error: DrydockError; asked: string; onRetry: () => void }) {
  return (
    <div role="alert" data-testid="inspect-error" data-kind={error.kind} className="flex flex-col gap-3 p-4">
      <div data-testid="error-state" className="flex gap-3 rounded-card bg-bad-weak p-3">
        <FileX2 size={16} className="mt-px flex-none text-bad" aria-hidden />
        <div className="min-w-0">
          <h3 className="font-semibold text-head">This file could not be read as an ONNX model</h3>
          <p className="selectable mt-1 break-words text-fg">{error.message}</p>
          {error.hint && <p className="selectable mt-1 break-words text-fg-2">{error.hint}</p>}
        </div>
      </div>
      <p className="mono selectable break-all text-fg-3">{asked}</p>
      <p className="text-fg-2">Nothing was run and nothing was changed.</p>
      <div className="flex gap-2">
        <Button icon={RotateCw} onClick={onRetry}>
          Read again
        </Button>
        <CopyButton label="Copy details" text={errorDetails(error, asked)} />
      </div>
    </div>
  );
}
