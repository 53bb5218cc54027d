import { useQuery } from "@tanstack/react-query";
import { ErrorLine } from "@/components/ErrorLine";
import { Skeleton } from "@/components/Skeleton";
import { Status } from "@/components/Status";
import type { ModelCompatibility, OpsetSupport } from "@/lib/api";
import { plural } from "@/lib/format";
import type { InspectSource } from "@/lib/view";
import { Block } from "./Block";
import { compatibilityQuery } from "./queries";

/** What the runtime of this machine makes of the model: operator sets, and nodes that it has no kernel for. */
export function Compatibility({ source }: { source: InspectSource }) {
  const found = useQuery(compatibilityQuery(source));
  return (
    <Block
      title="Compatibility"
      note={found.data ? `ONNX Runtime ${found.data.runtimeVersion}, CPU, tried in a worker` : undefined}
    >
      {found.isError ? (
        <ErrorLine title="It could not be tried" error={found.error} />
      ) : found.data ? (
        <Answer found={found.data} />
      ) : (
        <Skeleton rows={2} />
      )}
    </Block>
  );
}

function Answer({ found }: { found: ModelCompatibility }) {
  return (
    <ul data-testid="compatibility">
      {found.opsets.map((opset) => (
        <li key={opset.domain} className="flex h-6 items-center gap-3">
          <span className="mono w-24 flex-none truncate" title={opset.domain}>
            {opset.domain}
          </span>
          <span className="tnum w-8 flex-none">{opset.version}</span>
          <span className="tnum min-w-0 flex-1 truncate text-fg-3">{opsetText(opset)}</span>
          {opset.newest !== null &&
            (opset.version <= opset.newest ? (
              <Status tone="ok">Supported</Status>
            ) : (
              <Status tone="bad">Too new</Status>
            ))}
        </li>
      ))}
      <li className="flex min-h-6 items-start gap-3 py-1">
        <span className="w-24 flex-none">Kernels</span>
        <span className="selectable min-w-0 flex-1 break-words text-fg-3">{kernelText(found)}</span>
        {found.missing.length > 0 ? (
          <Status tone="bad">Missing</Status>
        ) : found.problem ? (
          <Status tone="bad">Refused</Status>
        ) : (
          <Status tone="ok">All there</Status>
        )}
      </li>
      {found.missing.map((kernel) => (
        <li key={kernel.node} className="flex h-6 items-center gap-3">
          <span className="w-24 flex-none truncate text-fg-2">{kernel.op}</span>
          <span className="mono selectable min-w-0 flex-1 truncate" title={kernel.node}>
            {kernel.node}
          </span>
          <span className="tnum text-fg-3">version {kernel.sinceVersion}</span>
        </li>
      ))}
    </ul>
  );
}

const opsetText = (opset: OpsetSupport): string =>
  [
    opset.sinceRuntime === null ? "" : `ONNX Runtime ${opset.sinceRuntime} or newer`,
    opset.newest === null ? "" : `up to ${opset.newest} here`,
  ]
    .filter(Boolean)
    .join(", ");

function kernelText(found: ModelCompatibility): string {
  if (found.missing.length > 0)
    return `${plural(found.missing.length, "node")} without a kernel${found.complete ? "" : "; the rest could not be tried, for what they make has no stated type"}`;
  return found.problem ?? "every node has one";
}
