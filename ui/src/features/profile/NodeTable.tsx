import { useMemo, useState } from "react";
import { DataTable } from "@/components/DataTable";
import type { Column, Sort } from "@/components/tableColumns";
import type { NodeProfile, ProfileReport } from "@/lib/api";
import { EMPTY, formatBytes, formatInteger, formatNumber } from "@/lib/format";
import { useFlops } from "./flops";
import type { InspectSource } from "./source";
import { formatUs, originText, providerName, shareText } from "./words";

type Row = NodeProfile & { at: number; flops: number | null };

const VALUES: Record<string, (row: Row) => number | string> = {
  at: (row) => row.at,
  name: (row) => row.name,
  op: (row) => row.op,
  provider: (row) => row.provider,
  mean: (row) => row.meanUs,
  p50: (row) => row.p50Us,
  max: (row) => row.maxUs,
  share: (row) => row.share,
  flops: (row) => rateOf(row) ?? -1,
  calls: (row) => row.callsPerRun,
  output: (row) => row.outputBytes,
};

export function sorted(rows: readonly Row[], sort: Sort): Row[] {
  const value = VALUES[sort.id] ?? VALUES.at;
  const sign = sort.desc ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [one, other] = [value?.(a) ?? 0, value?.(b) ?? 0];
    const order = typeof one === "string" ? one.localeCompare(String(other)) : one - Number(other);
    return order === 0 ? a.at - b.at : sign * order;
  });
}

type Props = {
  report: ProfileReport;
  source: InspectSource;
  hovered: number | null;
  onHover: (node: number | null) => void;
};

/** Every node that ran, as the runtime calls it, and what it is in the file. */
export function NodeTable({ report, source, hovered, onHover }: Props) {
  const [sort, setSort] = useState<Sort>({ id: "share", desc: true });
  const [active, setActive] = useState<string | null>(null);
  const flops = useFlops(source, report);
  const rows = useMemo(
    () => report.nodes.map((node, at) => ({ ...node, at, flops: flops?.get(at) ?? null })),
    [report, flops],
  );
  const shown = useMemo(() => sorted(rows, sort), [rows, sort]);
  const most = useMemo(() => Math.max(...report.nodes.map((node) => node.share), Number.EPSILON), [report]);
  const columns = useMemo(
    () => columnsOf(most).filter((column) => flops !== null || column.id !== "flops"),
    [most, flops],
  );
  return (
    <DataTable<Row>
      label="Nodes that ran"
      rows={shown}
      columns={columns}
      rowKey={(row) => String(row.at)}
      rowTestId="profile-node"
      activeKey={active}
      onActive={(row) => setActive(String(row.at))}
      hoveredKey={hovered === null ? null : String(hovered)}
      onHover={(key) => onHover(key === null ? null : Number(key))}
      sort={sort}
      onSort={(id) => setSort({ id, desc: sort.id === id ? !sort.desc : !TEXTS.has(id) })}
      footer={
        <>
          <span>{formatInteger(rows.length)} nodes ran</span>
          <span>times are own times in the runtime's whole microseconds</span>
        </>
      }
    />
  );
}

/** Operations a second, in thousand millions; null where they are not known or the clock saw no time. */
const rateOf = (row: Row): number | null =>
  row.flops === null || row.p50Us === 0 ? null : row.flops / row.p50Us / 1e3;

/** "82.2", "< 0.1"; nothing for what only moves bytes. */
const rateText = (rate: number | null): string =>
  rate === null || rate === 0 ? EMPTY : rate < 0.1 ? "< 0.1" : formatNumber(rate, 1);

const TEXTS = new Set(["name", "op", "provider", "at"]);

const columnsOf = (most: number): readonly Column<Row>[] => [
  {
    id: "at",
    header: "#",
    width: 44,
    align: "right",
    sortable: true,
    cell: (row) => row.at + 1,
    className: "text-fg-3",
  },
  {
    id: "name",
    header: "Node",
    width: 190,
    grow: true,
    sortable: true,
    cell: (row) => (
      <span className="mono truncate" style={{ paddingLeft: row.within === null ? 0 : 12 }}>
        {row.name || EMPTY}
      </span>
    ),
    title: (row) => row.name,
  },
  {
    id: "op",
    header: "Op",
    width: 122,
    sortable: true,
    cell: (row) => <span className="font-medium">{row.op}</span>,
    title: (row) => row.op,
  },
  {
    id: "share",
    header: "Share",
    width: 104,
    align: "right",
    sortable: true,
    cell: (row) => (
      <span className="flex w-full items-center justify-end gap-2">
        <span className="h-1 w-10 flex-none overflow-hidden rounded-[2px] bg-hover">
          <i className="block h-full bg-run-1" style={{ width: `${(row.share / most) * 100}%` }} />
        </span>
        <span className="w-14">{shareText(row.share)}</span>
      </span>
    ),
  },
  { id: "mean", header: "Mean", width: 76, align: "right", sortable: true, cell: (row) => formatUs(row.meanUs) },
  { id: "p50", header: "p50", width: 76, align: "right", sortable: true, cell: (row) => formatUs(row.p50Us) },
  { id: "max", header: "Max", width: 76, align: "right", sortable: true, cell: (row) => formatUs(row.maxUs) },
  {
    id: "flops",
    header: "GFLOP/s",
    width: 68,
    align: "right",
    sortable: true,
    cell: (row) => rateText(rateOf(row)),
    title: (row) =>
      row.flops === null ? "Its operations are not known" : `${formatInteger(row.flops)} operations a run over the p50`,
  },
  {
    id: "calls",
    header: "Calls",
    width: 52,
    align: "right",
    sortable: true,
    cell: (row) => formatNumber(row.callsPerRun, Number.isInteger(row.callsPerRun) ? 0 : 1),
    title: () => "Calls in one run",
  },
  {
    id: "output",
    header: "Output",
    width: 76,
    align: "right",
    sortable: true,
    cell: (row) => formatBytes(row.outputBytes),
    title: (row) => row.outputs.join("; "),
  },
  { id: "provider", header: "Provider", width: 72, sortable: true, cell: (row) => providerName(row.provider) },
  {
    id: "origin",
    header: "In the file",
    width: 180,
    cell: (row) => (
      <span className={row.origin.kind === "unmatched" ? "text-warn" : "text-fg-2"}>{originText(row)}</span>
    ),
    title: originText,
  },
];
