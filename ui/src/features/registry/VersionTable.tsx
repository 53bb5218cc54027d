import { useRef } from "react";
import { Chip } from "@/components/Chip";
import { VERDICT_LOOK } from "@/components/GateRow";
import { Status } from "@/components/Status";
import { Table, Td, Th, Tr } from "@/components/Table";
import type { GateSummary, ModelVersion, Stage } from "@/lib/api";
import { useNow } from "@/lib/clock";
import { columnDigits, EMPTY, formatAge, formatBytes, formatReading, formatTime, fullReading } from "@/lib/format";
import { usePersistent } from "@/lib/persist";
import { useElementWidth } from "@/lib/useElementWidth";
import { fitColumns, metricColumns, orderedMetrics } from "./columns";
import { MetricMenu } from "./MetricMenu";
import { RunName } from "./RunName";
import { StageMenu } from "./StageMenu";

const NO_METRICS: string[] = [];

type Props = {
  versions: readonly ModelVersion[];
  selected: number;
  onSelect: (version: ModelVersion) => void;
  onStage: (version: ModelVersion, to: Stage) => void;
};

/** Versions, newest first; as many metric columns as there is room for, and it says when there are more. */
export function VersionTable({ versions, selected, onSelect, onStage }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useElementWidth(frame);
  const all = metricColumns(versions);
  const [chosen, setChosen] = usePersistent("registry.metrics", NO_METRICS);
  const ordered = orderedMetrics(all, chosen);
  const fit = fitColumns(width, ordered.length);
  const shown = ordered.slice(0, fit.metrics);
  const columns = shown.map((key) => {
    const values = versions.map((version) => version.metrics.find((metric) => metric.key === key)?.latest);
    return { key, digits: columnDigits(values) };
  });
  return (
    <div ref={frame} className="flex-none border-line border-b bg-panel">
      <div className="max-h-[264px] overflow-y-auto">
        <Table aria-label="Versions">
          <colgroup>
            <col className="w-16" />
            <col className="w-28" />
            {fit.alias && <col className="w-26" />}
            <col />
            {columns.map((column) => (
              <col key={column.key} className="w-21" />
            ))}
            {fit.size && <col className="w-19" />}
            <col className="w-29" />
            <col className="w-17" />
          </colgroup>
          <thead className="sticky top-0 z-1 bg-panel">
            <tr>
              <Th edge>Version</Th>
              <Th>Stage</Th>
              {fit.alias && <Th>Alias</Th>}
              <Th>Run</Th>
              {columns.map((column) => (
                <Th key={column.key} numeric title={`${column.key}, latest value`}>
                  {column.key}
                </Th>
              ))}
              {fit.size && <Th numeric>Size</Th>}
              <Th>Gates</Th>
              <Th numeric edge>
                Age
              </Th>
            </tr>
          </thead>
          <tbody>
            {versions.map((version) => (
              <Tr
                key={version.version}
                data-testid="version-row"
                data-version={version.version}
                data-stage={version.stage}
                selected={version.version === selected}
                onPick={() => onSelect(version)}
              >
                <Td edge className="mono font-medium">
                  v{version.version}
                </Td>
                <Td>
                  <StageMenu version={version} onStage={(to) => onStage(version, to)} />
                </Td>
                {fit.alias && (
                  <Td>
                    <Aliases aliases={version.aliases} />
                  </Td>
                )}
                <Td>
                  <RunName version={version} />
                </Td>
                {columns.map(({ key, digits }) => {
                  const metric = version.metrics.find((candidate) => candidate.key === key);
                  return (
                    <Td
                      key={key}
                      numeric
                      title={fullReading(metric?.latest)}
                      className={metric ? undefined : "text-fg-3"}
                    >
                      {formatReading(metric?.latest, digits)}
                    </Td>
                  );
                })}
                {fit.size && (
                  <Td numeric className={version.sizeBytes === null ? "text-fg-3" : undefined}>
                    {formatBytes(version.sizeBytes)}
                  </Td>
                )}
                <Td>
                  <GateCell gate={version.gate} />
                </Td>
                <AgeCell atMs={version.createdAtMs} />
              </Tr>
            ))}
          </tbody>
        </Table>
      </div>
      {all.length > shown.length && (
        <p className="flex h-6.5 items-center justify-between border-line-2 border-t px-3 text-fg-3 text-label">
          <span>
            {shown.length} of {all.length} metrics
          </span>
          <MetricMenu all={all} shown={shown} onChange={setChosen} />
        </p>
      )}
    </div>
  );
}

function Aliases({ aliases }: { aliases: readonly string[] }) {
  if (aliases.length === 0) return <span className="text-fg-3">{EMPTY}</span>;
  return (
    <span
      className="flex h-[23px] items-center gap-1 overflow-hidden"
      title={aliases.map((alias) => `@${alias}`).join(", ")}
    >
      <Chip tone="outline">@{aliases[0]}</Chip>
      {aliases.length > 1 && <span className="text-fg-3 text-label">+{aliases.length - 1}</span>}
    </span>
  );
}

function GateCell({ gate }: { gate: GateSummary | null }) {
  if (!gate) return <Status tone="idle">Not run</Status>;
  const look = VERDICT_LOOK[gate.verdict];
  return (
    <Status tone={look.tone} title={`${gate.passed} of ${gate.total} gates pass, ${formatTime(gate.checkedAtMs)}`}>
      {look.word}
    </Status>
  );
}

function AgeCell({ atMs }: { atMs: number }) {
  const now = useNow();
  return (
    <Td numeric edge className="text-fg-3" title={formatTime(atMs)}>
      {formatAge(atMs, now)}
    </Td>
  );
}
