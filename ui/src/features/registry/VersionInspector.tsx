import { useQuery } from "@tanstack/react-query";
import { Anchor, Microscope, RadioTower, Timer, X } from "lucide-react";
import { Button } from "@/components/Button";
import { CopyText } from "@/components/CopyText";
import { ErrorState } from "@/components/ErrorState";
import { IconButton } from "@/components/IconButton";
import { Skeleton } from "@/components/Skeleton";
import { StageChip } from "@/components/StageChip";
import type { ModelFile, VersionDetail } from "@/lib/api";
import { openArtifact, openDeploy } from "@/lib/desk";
import { formatBytes, plural } from "@/lib/format";
import { inspect, openEndpoint } from "@/lib/view";
import { AliasEditor } from "./AliasEditor";
import { GateEvidence } from "./GateEvidence";
import { Part } from "./Part";
import { modelVersionQuery } from "./queries";
import { SignatureList } from "./SignatureList";
import { VersionAbout } from "./VersionAbout";

type Props = { name: string; version: number; onClose: () => void };

/** What is known about one version: verdict, evidence, signature, files; and what to do with it. */
export function VersionInspector({ name, version, onClose }: Props) {
  const detail = useQuery(modelVersionQuery(name, version));
  return (
    <aside
      aria-label={`Details of v${version}`}
      data-testid="version-inspector"
      data-version={version}
      className="flex w-84 flex-none flex-col overflow-hidden border-line border-l bg-panel"
    >
      <header className="flex h-12 flex-none items-center gap-2 border-line border-b pr-2 pl-3">
        <h2 className="font-medium font-mono text-page">v{version}</h2>
        {detail.data && <StageChip stage={detail.data.version.stage} />}
        <span className="flex-1!" />
        <IconButton icon={X} label="Hide version details" onClick={onClose} />
      </header>
      {detail.isError && !detail.data ? (
        <ErrorState
          title={`v${version} could not be read`}
          error={detail.error}
          onRetry={() => void detail.refetch()}
        />
      ) : detail.data ? (
        <div className="min-h-0 flex-1 overflow-y-auto">
          <Actions detail={detail.data} />
          <AliasEditor key={`alias ${version}`} version={detail.data.version} />
          {(hasGraph(detail.data) || detail.data.evidence) && (
            <GateEvidence key={`gates ${version}`} detail={detail.data} />
          )}
          <Signature detail={detail.data} />
          <Files detail={detail.data} />
          <VersionAbout key={`about ${version}`} version={detail.data.version} />
        </div>
      ) : (
        <Skeleton rows={14} />
      )}
    </aside>
  );
}

/** Nothing else than a graph can be opened or run here; a version whose files are not known may have one. */
const hasGraph = ({ files }: VersionDetail) =>
  files.length === 0 || files.some((file) => file.path.toLowerCase().endsWith(".onnx"));

function Actions({ detail }: { detail: VersionDetail }) {
  const { name, version } = detail.version;
  const live = detail.endpoint?.state === "running" ? detail.endpoint : null;
  const disabled = !hasGraph(detail);
  return (
    <div className="flex flex-wrap gap-2 border-line-2 border-b p-3">
      {live ? (
        <Button
          size={28}
          icon={RadioTower}
          className="basis-full"
          onClick={() => openEndpoint(live.name, "deployment")}
        >
          Live on {live.name}
        </Button>
      ) : (
        <Button
          size={28}
          variant="primary"
          icon={Anchor}
          className="basis-full"
          disabled={disabled}
          data-testid="deploy-open"
          onClick={() => openDeploy(name, version)}
        >
          Deploy v{version} to staging
        </Button>
      )}
      <Button
        size={28}
        icon={Microscope}
        className="flex-1!"
        disabled={disabled}
        data-testid="inspect-open"
        onClick={() => inspect({ name, version })}
      >
        Inspect
      </Button>
      <Button
        size={28}
        icon={Timer}
        className="flex-1!"
        disabled={disabled}
        data-testid="benchmark-open"
        onClick={() => inspect({ name, version }, "benchmark")}
      >
        Benchmark
      </Button>
      {disabled && (
        <p className="basis-full text-fg-2" data-testid="no-graph">
          It has no .onnx file, and only ONNX models run here. Log it with{" "}
          <code className="mono selectable">mlflow.onnx.log_model</code> to deploy, inspect and benchmark it.
        </p>
      )}
    </div>
  );
}

function Signature({ detail }: { detail: VersionDetail }) {
  const { signature } = detail;
  const origin = signature && { onnx: "read from the file", mlmodel: "declared in MLmodel" }[signature.origin];
  return (
    <Part title="Signature" note={origin}>
      {signature ? (
        <SignatureList signature={signature} />
      ) : (
        <p className="selectable break-words px-3 text-fg-2" data-testid="signature-note">
          {detail.problem ?? detail.signatureNote}
        </p>
      )}
    </Part>
  );
}

function Files({ detail }: { detail: VersionDetail }) {
  const { name, version } = detail.version;
  const files: readonly ModelFile[] = detail.files;
  const total = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  return (
    <Part title="Files" note={files.length > 0 ? `${plural(files.length, "file")}, ${formatBytes(total)}` : undefined}>
      {files.length === 0 && <p className="px-3 text-fg-2">No file is recorded for this version.</p>}
      <ul>
        {files.map((file) => (
          <li
            key={file.path}
            data-testid="model-file"
            className="grid h-6 grid-cols-[minmax(0,1fr)_auto_64px] items-center gap-x-3 px-3"
          >
            <button
              type="button"
              title={`Open ${file.path}`}
              onClick={() => openArtifact({ owner: { kind: "version", name, version }, path: file.path })}
              className="mono truncate rounded text-left hover:text-accent hover:underline"
            >
              {file.path}
            </button>
            <span className="tnum text-fg-2">{formatBytes(file.sizeBytes)}</span>
            <CopyText
              text={file.sha256}
              shown={file.sha256.slice(0, 8)}
              label={`sha256 of ${file.path}`}
              className="justify-end"
            />
          </li>
        ))}
      </ul>
    </Part>
  );
}
