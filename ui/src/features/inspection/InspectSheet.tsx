import { useQuery } from "@tanstack/react-query";
import { FileX2, RotateCw } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/Button";
import { Sheet } from "@/components/Sheet";
import { Skeleton } from "@/components/Skeleton";
import { CopyButton } from "@/components/SnippetCard";
import { Tabs } from "@/components/Tabs";
import { type DrydockError, errorDetails, type ModelReport } from "@/lib/api";
import { fileName } from "@/lib/artifacts";
import { formatBytes, formatDuration } from "@/lib/format";
import type { InspectSource } from "@/lib/view";
import { GraphView } from "./graph/GraphView";
import { Initializers } from "./Initializers";
import { Nodes } from "./Nodes";
import { Overview } from "./Overview";
import { inspectionQuery } from "./queries";

type Props = { source: InspectSource; onClose: () => void };

/** What an ONNX file holds, read without running it. */
export function InspectSheet({ source, onClose }: Props) {
  const report = useQuery(inspectionQuery(source));
  const [tab, setTab] = useState<TabName>("overview");
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
      width={tab === "graph" ? "100vw" : 860}
      title={report.data?.fileName ?? asked}
      sub={report.data ? <HeadFacts report={report.data} source={source} /> : undefined}
      data-testid="inspect-sheet"
    >
      {report.data ? (
        <Report report={report.data} source={source} tab={tab} onTab={setTab} />
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
      {"name" in source && `${source.name} v${source.version} · `}
      {formatBytes(report.sizeBytes)} · opened in {formatDuration(report.tookUs / 1000)} · read only, never executed
    </span>
  );
}

type TabName = "overview" | "graph" | "nodes" | "weights";
type ReportProps = { report: ModelReport; source: InspectSource; tab: TabName; onTab: (tab: TabName) => void };

function Report({ report, source, tab, onTab }: ReportProps) {
  return (
    <div className="flex h-full flex-col">
      <Tabs<TabName>
        label="Model report"
        value={tab}
        onChange={onTab}
        items={[
          { value: "overview", label: "Overview", content: <Overview report={report} /> },
          { value: "graph", label: "Graph", content: tab === "graph" && <GraphView source={source} /> },
          { value: "nodes", label: "Nodes", count: report.nodeCount, content: <Nodes report={report} /> },
          {
            value: "weights",
            label: "Initializers",
            count: report.initializerCount,
            content: <Initializers report={report} />,
          },
        ]}
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
