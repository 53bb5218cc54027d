import { Status } from "@/components";
import type { ProviderCheck, RuntimeCheck } from "@/lib/api";
import { formatBytes, plural } from "@/lib/format";

const NAMES = {
  cpu: "CPU",
  cuda: "CUDA",
  tensorrt: "TensorRT",
  directml: "DirectML",
  coreml: "CoreML",
  webgpu: "WebGPU",
};

/** What lies in a folder, and what its library did when a worker loaded it. */
export function FolderFindings({ found }: { found: RuntimeCheck }) {
  const { folder, probe, problem } = found;
  const size = folder.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  return (
    <div className="flex flex-col overflow-hidden rounded-card border border-line" data-testid="pack-findings">
      <div className="flex min-h-7 flex-wrap items-center gap-x-3 border-line-2 border-b px-3 py-1">
        {probe ? (
          <Status tone="ok">ONNX Runtime {probe.version}</Status>
        ) : (
          <span className="min-w-0 flex-1 break-words text-bad">{problem ?? "It could not be loaded"}</span>
        )}
        <span className="tnum ml-auto text-fg-3 text-label" title={folder.files.map((file) => file.name).join("\n")}>
          {plural(folder.files.length, "library", "libraries")}, {formatBytes(size)}
        </span>
      </div>
      {probe?.providers.map((check) => (
        <Provider key={check.provider} check={check} />
      ))}
      {probe && (
        <p className="px-3 py-1.5 text-fg-3 text-label">
          {probe.gpu.devices.length > 0
            ? probe.gpu.devices.map((device) => `${device.name}, ${formatBytes(device.memoryBytes)}`).join("; ")
            : (probe.gpu.absent ?? "no device")}
        </p>
      )}
    </div>
  );
}

function Provider({ check }: { check: ProviderCheck }) {
  return (
    <div className="border-line-2 border-b px-3 py-1.5" data-testid="pack-provider" data-works={check.works}>
      <div className="flex items-center justify-between">
        <b className="font-medium">{NAMES[check.provider]}</b>
        {check.works ? <Status tone="ok">Ran a model</Status> : <Status tone="warn">Does not run here</Status>}
      </div>
      {check.missing.length > 0 && (
        <p className="text-fg-2">
          Missing: <span className="mono selectable">{check.missing.join(", ")}</span>
        </p>
      )}
      {check.advice && <p className="text-fg-2">{check.advice}</p>}
      {check.problem && (
        <p className="selectable line-clamp-2 break-words text-fg-3 text-label" title={check.problem}>
          {check.problem}
        </p>
      )}
    </div>
  );
}
