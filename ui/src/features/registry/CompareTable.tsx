import type { ReactNode } from "react";
import { StageChip } from "@/components";
import { Table, Td, Th } from "@/components/Table";
import type { VersionComparison, VersionDetail } from "@/lib/api";
import { cx } from "@/lib/cx";
import { columnDigits, formatBytes, formatDelta, formatReading, formatTime, fullReading } from "@/lib/format";
import { File, Gate, sizeDelta, Text } from "./CompareCells";

/** Left and right side by side, a group of rows for each subject. */
export function CompareTable({ comparison, onlyDifferent }: { comparison: VersionComparison; onlyDifferent: boolean }) {
  const { left, right, params, metrics, inputs, outputs, signatureParams, files, gates } = comparison;
  const signature = [
    ...inputs.map((row) => ({ ...row, key: `in ${row.key}` })),
    ...outputs.map((row) => ({ ...row, key: `out ${row.key}` })),
    ...signatureParams.map((row) => ({ ...row, key: `param ${row.key}` })),
  ];
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <Table aria-label="Comparison">
        <colgroup>
          <col className="w-56" />
          <col />
          <col />
          <col className="w-28" />
        </colgroup>
        <thead className="sticky top-0 z-1 bg-panel">
          <tr>
            <Th edge />
            <Side detail={left} />
            <Side detail={right} />
            <Th numeric edge>
              Difference
            </Th>
          </tr>
        </thead>
        <Group
          title="Gates"
          total={gates.length}
          onlyDifferent={onlyDifferent}
          none="Neither version has been through the gates."
          rows={gates.map((gate) => ({
            key: gate.id,
            name: gate.title,
            differs: gate.left?.verdict !== gate.right?.verdict || gate.left?.measured !== gate.right?.measured,
            left: <Gate check={gate.left} />,
            right: <Gate check={gate.right} />,
          }))}
        />
        <Group
          title="Metrics"
          total={metrics.length}
          onlyDifferent={onlyDifferent}
          none="Neither run has logged a metric."
          rows={metrics.map((metric) => {
            const digits = columnDigits([metric.left, metric.right]);
            return {
              key: metric.key,
              name: metric.key,
              differs: metric.left !== metric.right,
              left: <span title={fullReading(metric.left)}>{formatReading(metric.left, digits)}</span>,
              right: <span title={fullReading(metric.right)}>{formatReading(metric.right, digits)}</span>,
              delta: metric.delta === null ? "—" : formatDelta(metric.delta, digits),
            };
          })}
        />
        <Group
          title="Parameters"
          total={params.length}
          onlyDifferent={onlyDifferent}
          none="Neither run has logged a parameter."
          rows={params.map((param) => textRow(param, false))}
        />
        <Group
          title="Signature"
          total={signature.length}
          onlyDifferent={onlyDifferent}
          none={left.problem ?? right.problem ?? "Neither version has a signature."}
          rows={signature.map((tensor) => textRow(tensor, true))}
        />
        <Group
          title="Files"
          total={files.length}
          onlyDifferent={onlyDifferent}
          none="Neither version has files here."
          rows={files.map((file) => ({
            key: file.path,
            name: <span className="mono">{file.path}</span>,
            differs: !file.same,
            left: <File file={file.left} />,
            right: <File file={file.right} />,
            delta: file.same ? "same bytes" : sizeDelta(file.left, file.right),
          }))}
        />
      </Table>
    </div>
  );
}

function Side({ detail }: { detail: VersionDetail }) {
  const { version } = detail;
  return (
    <Th className="h-12">
      <span className="flex items-center gap-2">
        <b className="font-medium font-mono text-fg text-head">v{version.version}</b>
        <StageChip stage={version.stage} />
        <span className="truncate text-fg-3">{version.runName ?? version.source}</span>
      </span>
      <span className="block truncate" title={formatTime(version.createdAtMs)}>
        {formatTime(version.createdAtMs).slice(0, 16)}
        {version.sizeBytes !== null && ` · ${formatBytes(version.sizeBytes)}`}
      </span>
    </Th>
  );
}

type Row = { key: string; name: ReactNode; differs: boolean; left: ReactNode; right: ReactNode; delta?: string };

function textRow({ key, left, right }: { key: string; left: string | null; right: string | null }, mono: boolean): Row {
  return {
    key,
    name: key,
    differs: left !== right,
    left: <Text text={left} mono={mono} />,
    right: <Text text={right} mono={mono} />,
  };
}

type GroupProps = { title: string; total: number; onlyDifferent: boolean; none: string; rows: readonly Row[] };

function Group({ title, total, onlyDifferent, none, rows }: GroupProps) {
  const shown = onlyDifferent ? rows.filter((row) => row.differs) : rows;
  const differing = rows.filter((row) => row.differs).length;
  return (
    <tbody data-testid={`compare-${title.toLowerCase()}`}>
      <tr>
        <th colSpan={4} scope="rowgroup" className="h-7 border-line border-b bg-app px-3 text-left font-semibold">
          {title}
          <span className="tnum pl-2 font-normal text-fg-3 text-label">
            {total === 0 ? none : differing === 0 ? `all ${total} equal` : `${differing} of ${total} differ`}
          </span>
        </th>
      </tr>
      {shown.map((row) => (
        <tr key={row.key} className={cx("hover:bg-hover", !row.differs && "text-fg-3")} data-differs={row.differs}>
          <Td edge>{row.name}</Td>
          <Td className="selectable">{row.left}</Td>
          <Td className="selectable">{row.right}</Td>
          <Td numeric edge className="text-fg-2">
            {row.delta ?? ""}
          </Td>
        </tr>
      ))}
    </tbody>
  );
}
