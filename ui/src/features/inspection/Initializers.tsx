import { useMemo } from "react";
import { Chip } from "@/components/Chip";
import type { ModelReport } from "@/lib/api";
import { formatBytes, formatInteger } from "@/lib/format";
import { VirtualRows } from "./VirtualRows";

const COLUMNS = "minmax(0,1fr) 84px 150px 88px 150px 56px";

/** Weights by size, heaviest first; those kept outside the file are marked. */
export function Initializers({ report }: { report: ModelReport }) {
  const sorted = useMemo(
    () => [...report.initializers].sort((a, b) => b.sizeBytes - a.sizeBytes),
    [report.initializers],
  );
  const listed = report.initializers.length;
  return (
    <div className="flex h-full flex-col">
      <p className="flex h-9 flex-none items-center px-4 text-fg-3 text-label">
        {formatBytes(report.weightBytes)} in {formatInteger(report.initializerCount)} initializers, heaviest first
        {listed < report.initializerCount && `; ${formatInteger(listed)} are listed`}
      </p>
      <VirtualRows
        rows={sorted}
        label="Initializers"
        columns={COLUMNS}
        rowKey={(_, index) => String(index)}
        empty="The file holds no initializer."
        head={
          <>
            <span>Name</span>
            <span>Type</span>
            <span>Shape</span>
            <span className="text-right">Size</span>
            <span>Kept in</span>
            <span className="text-right">Share</span>
          </>
        }
      >
        {(weight) => (
          <>
            <span className="mono selectable truncate" title={weight.name}>
              {weight.name}
            </span>
            <span className="mono truncate text-fg-2">{weight.elementType}</span>
            <span className="mono truncate text-fg-2" title={weight.dims.join(" × ")}>
              {weight.dims.length === 0 ? "scalar" : `[${weight.dims.join(", ")}]`}
            </span>
            <span className="num">{formatBytes(weight.sizeBytes)}</span>
            <span className="min-w-0">
              {weight.external === null ? (
                <span className="text-fg-3">this file</span>
              ) : (
                <Chip tone="outline" title={weight.external}>
                  {weight.external}
                </Chip>
              )}
            </span>
            <span className="num text-fg-3">
              {report.weightBytes > 0 ? `${Math.round((weight.sizeBytes / report.weightBytes) * 100)} %` : ""}
            </span>
          </>
        )}
      </VirtualRows>
    </div>
  );
}
