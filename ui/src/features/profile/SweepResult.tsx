import { useMemo, useState } from "react";
import { Card, CardHead } from "@/components/Card";
import { DataTable } from "@/components/DataTable";
import { Segmented } from "@/components/Segmented";
import { Status } from "@/components/Status";
import type { Column, Sort } from "@/components/tableColumns";
import type { SweepPoint, SweepReport } from "@/lib/api";
import { EMPTY, formatDuration, formatInteger, formatMs, plural } from "@/lib/format";
import { ParetoPlot, rowsText } from "./ParetoPlot";
import { type FrontBy, frontOf, upper } from "./sweepGrid";
import { OPTIMISATIONS, providerName } from "./words";

const BY = [
  { value: "p99", label: "p99 bound" },
  { value: "p50", label: "p50 bound" },
] as const;

type Row = SweepPoint & { at: number; front: boolean };

/** The points of a sweep: which nothing beats, and what each one costs. */
export function SweepResult({ report }: { report: SweepReport }) {
  const [by, setBy] = useState<FrontBy>("p99");
  const [hovered, setHovered] = useState<number | null>(null);
  const [sort, setSort] = useState<Sort>({ id: "rows", desc: true });
  const front = frontOf(report, by);
  const rows = useMemo(() => {
    const all = report.points.map((point, at) => ({ ...point, at, front: front.includes(at) }));
    return sorted(all, sort, by);
  }, [report, front, sort, by]);
  const columns = useMemo(() => columnsOf(by), [by]);
  const refused = report.points.filter((point) => upper(point, by).ms === null).length;
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-2 p-2" data-testid="sweep-result">
      <Card className="flex-none">
        <CardHead
          title="Latency over throughput"
          sub="upper bound at 99 % confidence; both axes logarithmic"
          height={40}
        >
          <span className="flex items-center gap-1">
            <i className="inline-block h-2 w-2 rounded-full bg-run-1" /> Pareto front, {front.length}
          </span>
          <span className="flex items-center gap-1">
            <i className="inline-block h-2 w-2 rounded-full border border-outline" /> IoBinding
          </span>
          <Segmented label="Latency" options={BY} value={by} onChange={setBy} />
        </CardHead>
        <ParetoPlot report={report} by={by} hovered={hovered} onHover={setHovered} />
      </Card>
      <Card className="flex min-h-40 flex-1 flex-col">
        <DataTable<Row>
          label="Points of the sweep"
          rows={rows}
          columns={columns}
          rowKey={(row) => String(row.at)}
          rowTestId="sweep-point"
          hoveredKey={hovered === null ? null : String(hovered)}
          onHover={(key) => setHovered(key === null ? null : Number(key))}
          sort={sort}
          onSort={(id) => setSort({ id, desc: sort.id === id ? !sort.desc : id === "rows" })}
          footer={
            <>
              <span>
                {formatInteger(report.points.length)} of {formatInteger(report.asked)} points
              </span>
              {report.resumed > 0 && report.resumed < report.points.length && (
                <span>{formatInteger(report.resumed)} from before</span>
              )}
              {refused > 0 && (
                <span>
                  {plural(refused, "point")} without a {by}: on no front
                </span>
              )}
            </>
          }
        />
      </Card>
    </div>
  );
}

function sorted(rows: readonly Row[], sort: Sort, by: FrontBy): Row[] {
  const last = sort.desc ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const value = (row: Row): number => {
    if (sort.id === "batch") return row.settings.batch;
    if (sort.id === "threads") return row.settings.threads;
    if (sort.id === "latency") return upper(row, by).ms ?? last;
    if (sort.id === "mean") return row.measured?.meanMs ?? last;
    return row.measured?.rowsPerS ?? last;
  };
  return [...rows].sort((a, b) => (value(a) === value(b) ? a.at - b.at : (value(a) - value(b)) * (sort.desc ? -1 : 1)));
}

const columnsOf = (by: FrontBy): readonly Column<Row>[] => [
  {
    id: "front",
    header: "",
    width: 92,
    cell: (row) =>
      row.failed !== null ? <Status tone="bad">Failed</Status> : row.front ? <Status tone="ok">On front</Status> : null,
  },
  { id: "batch", header: "Batch", width: 64, align: "right", sortable: true, cell: (row) => row.settings.batch },
  { id: "threads", header: "Threads", width: 68, align: "right", sortable: true, cell: (row) => row.settings.threads },
  {
    id: "provider",
    header: "Provider",
    width: 84,
    cell: (row) => providerName(row.settings.providers[0] ?? "cpu"),
  },
  {
    id: "level",
    header: "Optimisation",
    width: 96,
    cell: (row) => OPTIMISATIONS.find((each) => each.value === row.settings.optimisation)?.label,
  },
  { id: "binding", header: "IoBinding", width: 76, cell: (row) => (row.settings.ioBinding ? "On" : "Off") },
  {
    id: "rows",
    header: "Rows/s",
    width: 88,
    align: "right",
    sortable: true,
    cell: (row) => (row.measured ? rowsText(row.measured.rowsPerS) : EMPTY),
    title: (row) => (row.measured ? `${row.measured.rowsPerS} rows a second` : undefined),
  },
  {
    id: "latency",
    header: `${by}, at most`,
    width: 96,
    align: "right",
    sortable: true,
    cell: (row) => formatMs(upper(row, by).ms),
  },
  {
    id: "mean",
    header: "Mean",
    width: 88,
    align: "right",
    sortable: true,
    cell: (row) => formatMs(row.measured?.meanMs),
  },
  {
    id: "samples",
    header: "Runs",
    width: 76,
    align: "right",
    cell: (row) => formatInteger(row.measured?.samples),
  },
  {
    id: "note",
    header: "Where it ran",
    width: 200,
    grow: true,
    cell: (row) => <span className={upper(row, by).refused ? "text-fg-2" : ""}>{noteOf(row, by)}</span>,
    title: (row) => noteOf(row, by),
  },
];

function noteOf(row: Row, by: FrontBy): string {
  const { refused } = upper(row, by);
  if (refused !== null) return refused;
  const { measured } = row;
  if (!measured) return EMPTY;
  const placed = measured.provider.placements
    .map((each) => `${each.nodes} on ${providerName(each.provider)}`)
    .join(", ");
  return `${placed}${measured.provider.fellBackToCpu ? ", fell back" : ""}; loaded in ${formatDuration(measured.loadMs)}`;
}
