import { useQuery } from "@tanstack/react-query";
import { ArrowLeftRight } from "lucide-react";
import { type ReactNode, useState } from "react";
import { IconButton, Select, Sheet, Skeleton, StageChip, Switch } from "@/components";
import { ErrorState } from "@/components/ErrorState";
import { VERDICT_LOOK } from "@/components/GateRow";
import { Status } from "@/components/Status";
import { Table, Td, Th } from "@/components/Table";
import type { GateCheck, ModelFile, VersionComparison, VersionDetail } from "@/lib/api";
import { cx } from "@/lib/cx";
import { openComparison } from "@/lib/desk";
import { columnDigits, formatBytes, formatDelta, formatReading, formatTime, fullReading } from "@/lib/format";
import { comparisonQuery, modelQuery } from "./queries";

type Props = { name: string; left: number; right: number; onClose: () => void };

/** Two versions of a model: what was set, what was measured, what goes in and out, which files they are. */
export function CompareVersions({ name, left, right, onClose }: Props) {
  const comparison = useQuery(comparisonQuery(name, left, right));
  const model = useQuery(modelQuery(name));
  const [onlyDifferent, setOnlyDifferent] = useState(true);
  const numbers = (model.data?.versions ?? []).map((version) => version.version).sort((a, b) => b - a);
  const options = numbers.map((number) => ({ value: String(number), label: `v${number}` }));
  const pick = (value: number, onChange: (next: number) => void, label: string) => (
    <Select
      label={label}
      size={24}
      className="w-20"
      options={options}
      value={String(value)}
      onChange={(next) => onChange(Number(next))}
      data-testid={`compare-${label.toLowerCase()}`}
    />
  );
  return (
    <Sheet
      open
      onClose={onClose}
      width="min(1000px, calc(100vw - 160px))"
      title={`Compare versions of ${name}`}
      data-testid="compare-versions"
    >
      <div className="flex h-full flex-col">
        <div className="flex h-10 flex-none items-center gap-2 border-line border-b px-3">
          {pick(left, (next) => openComparison(name, next, right), "Left")}
          <IconButton icon={ArrowLeftRight} label="Swap" onClick={() => openComparison(name, right, left)} />
          {pick(right, (next) => openComparison(name, left, next), "Right")}
          <span className="ml-auto">
            <Switch label="Only what differs" checked={onlyDifferent} onChange={setOnlyDifferent} />
          </span>
        </div>
        {comparison.isError && !comparison.data ? (
          <ErrorState
            title="The versions could not be compared"
            error={comparison.error}
            onRetry={() => void comparison.refetch()}
          />
        ) : comparison.data ? (
          <Comparison comparison={comparison.data} onlyDifferent={onlyDifferent} />
        ) : (
          <Skeleton rows={16} />
        )}
      </div>
    </Sheet>
  );
}

function Comparison({ comparison, onlyDifferent }: { comparison: VersionComparison; onlyDifferent: boolean }) {
  const { left, right, params, metrics, inputs, outputs, files, gates } = comparison;
  const texts = <Row extends { left: string | null; right: string | null }>(rows: readonly Row[]) =>
    rows.map((row) => ({ row, differs: row.left !== row.right }));
  const signature = [
    ...inputs.map((row) => ({ ...row, key: `in ${row.key}` })),
    ...outputs.map((row) => ({ ...row, key: `out ${row.key}` })),
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
              difference
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
          rows={texts(params).map(({ row, differs }) => ({
            key: row.key,
            name: row.key,
            differs,
            left: <Text text={row.left} />,
            right: <Text text={row.right} />,
          }))}
        />
        <Group
          title="Signature"
          total={signature.length}
          onlyDifferent={onlyDifferent}
          none={left.problem ?? right.problem ?? "Neither file has a signature."}
          rows={texts(signature).map(({ row, differs }) => ({
            key: row.key,
            name: row.key,
            differs,
            left: <Text text={row.left} mono />,
            right: <Text text={row.right} mono />,
          }))}
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

function sizeDelta(left: ModelFile | null, right: ModelFile | null): string {
  if (!left || !right) return left ? "removed" : "added";
  const delta = right.sizeBytes - left.sizeBytes;
  return delta === 0 ? "same size" : `${delta > 0 ? "+" : "−"}${formatBytes(Math.abs(delta))}`;
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
type GroupProps = { title: string; total: number; onlyDifferent: boolean; none: string; rows: readonly Row[] };

function Group({ title, total, onlyDifferent, none, rows }: GroupProps) {
  const shown = onlyDifferent ? rows.filter((row) => row.differs) : rows;
  const differing = rows.filter((row) => row.differs).length;
  return (
    <tbody data-testid={`compare-${title.toLowerCase()}`}>
      <tr>
        <th colSpan={4} scope="rowgroup" className="h-7 border-line border-y bg-app px-3 text-left font-semibold">
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

function Text({ text, mono = false }: { text: string | null; mono?: boolean }) {
  if (text === null) return <span className="text-fg-3">—</span>;
  return (
    <span className={mono ? "mono" : undefined} title={text}>
      {text === "" ? "empty" : text}
    </span>
  );
}

function Gate({ check }: { check: GateCheck | null }) {
  if (!check) return <span className="text-fg-3">not run</span>;
  const look = VERDICT_LOOK[check.verdict];
  return (
    <span className="flex h-[23px] items-center gap-2">
      <Status tone={look.tone}>{look.word}</Status>
      <span className="truncate text-fg-2" title={`${check.measured}, limit ${check.limit}`}>
        {check.measured}
      </span>
    </span>
  );
}

function File({ file }: { file: ModelFile | null }) {
  if (!file) return <span className="text-fg-3">—</span>;
  return (
    <span title={`sha256 ${file.sha256}`}>
      {formatBytes(file.sizeBytes)} <span className="mono text-fg-3">{file.sha256.slice(0, 8)}</span>
    </span>
  );
}
