import { type ReactNode, useMemo } from "react";
import { ChartCard } from "@/components/chart/ChartCard";
import { createChartGroup } from "@/components/chart/chartGroup";
import { LineChart } from "@/components/chart/LineChart";
import type { OutputSummary, OutputView } from "@/lib/api";
import { formatInteger, formatNumber, formatPercent, plural } from "@/lib/format";
import { linesOf } from "./lines";
import { ValueBars } from "./ValueBars";

/** What an output is like: its range and moments, what is not a number, how it spreads, how it goes over the rows. */
export function OutputFigures({ output }: { output: OutputView }) {
  const { summary } = output;
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-3 overflow-y-auto p-3" data-testid="run-summary">
      {output.isText ? <TextFigures summary={summary} /> : <Figures summary={summary} />}
      {summary.classes.length > 0 && <Classes summary={summary} />}
      {summary.histogram && (
        <ChartCard title="Values" sub={`${plural(summary.count, "value")}, linear`}>
          <ValueBars histogram={summary.histogram} />
        </ChartCard>
      )}
      {summary.series.length > 0 && <Lines output={output} />}
    </div>
  );
}

function Figures({ summary }: { summary: OutputSummary }) {
  const number = (value: number | null) => formatNumber(value, undefined, 6);
  const figures: [string, ReactNode, boolean][] = [
    ["Least", number(summary.min), false],
    ["Greatest", number(summary.max), false],
    ["Mean", number(summary.mean), false],
    ["Deviation", number(summary.std), false],
    ["NaN", formatInteger(summary.nanCount), summary.nanCount > 0],
    ["±Infinity", formatInteger(summary.infCount), summary.infCount > 0],
    ["Zero", formatInteger(summary.zeroCount), false],
    ["Values", formatInteger(summary.count), false],
  ];
  return (
    <dl className="tnum grid flex-none grid-cols-4 gap-x-3 gap-y-2">
      {figures.map(([label, value, isBad]) => (
        <div key={label}>
          <dt className="text-fg-2 text-label">{label}</dt>
          <dd className={isBad ? "selectable font-semibold text-warn" : "selectable font-medium"}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function TextFigures({ summary }: { summary: OutputSummary }) {
  return (
    <p className="tnum text-fg-2">
      {plural(summary.count, "text")}
      {summary.classes.length === 0 && ", too many different ones to count"}
    </p>
  );
}

function Classes({ summary }: { summary: OutputSummary }) {
  const most = summary.classes[0]?.share ?? 1;
  return (
    <ChartCard title="Labels" sub={plural(summary.classes.length, "label")}>
      <ul className="tnum flex flex-col gap-1 px-2.5 pb-2">
        {summary.classes.map((each) => (
          <li key={each.label} className="flex items-center gap-2">
            <span className="mono w-24 truncate" title={each.label}>
              {each.label === "" ? '""' : each.label}
            </span>
            <span className="h-2 min-w-0 flex-1">
              <span
                className="block h-full rounded-sm bg-accent opacity-72"
                style={{ width: `${(each.share / most) * 100}%` }}
              />
            </span>
            <span className="w-14 text-right">{formatPercent(each.share)}</span>
            <span className="w-16 text-right text-fg-3">{formatInteger(each.count)}</span>
          </li>
        ))}
      </ul>
    </ChartCard>
  );
}

function Lines({ output }: { output: OutputView }) {
  const { summary } = output;
  const group = useMemo(() => createChartGroup(), []);
  const lines = useMemo(() => linesOf(summary), [summary]);
  const every = summary.seriesRows === 1 ? "every row" : `least and greatest of every ${summary.seriesRows} rows`;
  const some = output.width > summary.series.length ? `, first ${summary.series.length} columns` : "";
  return (
    <ChartCard title="Over the rows" sub={every + some}>
      {lines.legend.length > 1 && (
        <ul className="flex flex-wrap gap-x-3 px-2.5 text-fg-2 text-label">
          {lines.legend.map((each) => (
            <li key={each.id} className="flex items-center gap-1.5">
              <span className="h-0.5 w-3" style={{ background: each.color }} aria-hidden />
              <span className="mono">{each.label}</span>
            </li>
          ))}
        </ul>
      )}
      <div className="flex h-44 flex-col px-1 pb-1">
        <LineChart
          label={`${output.name} over the rows`}
          data={lines.data}
          series={lines.series}
          group={group}
          wheelZooms={false}
          formatX={(row) => formatInteger(Math.round(row))}
          formatAt={(row) => `row ${formatInteger(Math.round(row))}`}
          formatY={(value) => formatNumber(value)}
        />
      </div>
    </ChartCard>
  );
}
