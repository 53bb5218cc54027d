import { useQuery } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { ErrorLine } from "@/components/ErrorLine";
import { Skeleton } from "@/components/Skeleton";
import type { ChannelReport, WeightFigures, WeightReport } from "@/lib/api";
import { EMPTY, formatInteger, formatNumber } from "@/lib/format";
import type { weightQuery } from "./queries";

/** How the numbers of a weight spread. */
export function Weight({ query, save }: { query: ReturnType<typeof weightQuery>; save: ReactNode }) {
  const report = useQuery(query);
  if (report.isError) return <ErrorLine title="The values could not be read" error={report.error} />;
  if (!report.data) return <Skeleton rows={5} />;
  return <Figures report={report.data} save={save} />;
}

function Figures({ report, save }: { report: WeightReport; save: ReactNode }) {
  const { figures, channels } = report;
  const broken = report.nan + report.infinite > 0;
  const told: [string, string][] = [
    ["min", formatNumber(figures?.min)],
    ["max", formatNumber(figures?.max)],
    ["mean", formatNumber(figures?.mean)],
    ["std", formatNumber(figures?.std)],
    ["zeros", part(report.zeros, report.count)],
    ["NaN, Inf", broken ? `${formatInteger(report.nan)}, ${formatInteger(report.infinite)}` : "none"],
  ];
  return (
    <div className="mt-2 flex flex-col gap-2" data-testid="weight-report">
      <div className="flex items-center justify-between text-fg-3 text-label">
        <span className="tnum">{formatInteger(report.count)} values</span>
        {save}
      </div>
      {figures && <Bars figures={figures} count={report.count} />}
      <dl className="grid grid-cols-3 overflow-hidden rounded border border-line-2">
        {told.map(([key, value]) => (
          <div
            key={key}
            className="border-line-2 px-2 py-1 [&:not(:nth-child(3n))]:border-r [&:nth-child(n+4)]:border-t"
          >
            <dt className="text-fg-3 text-label">{key}</dt>
            <dd className={`tnum selectable truncate ${key === "NaN, Inf" && broken ? "text-bad" : ""}`} title={value}>
              {value}
            </dd>
          </div>
        ))}
      </dl>
      {channels && <Channels channels={channels} />}
    </div>
  );
}

function part(count: number, of: number): string {
  if (count === 0 || of === 0) return count === 0 ? "none" : EMPTY;
  const percent = (count / of) * 100;
  return `${formatInteger(count)} (${percent < 0.1 ? "< 0.1" : formatNumber(percent, 1)} %)`;
}

const WIDTH = 294;
const HEIGHT = 72;

function Bars({ figures, count }: { figures: WeightFigures; count: number }) {
  const most = Math.max(...figures.counts, 1);
  const step = WIDTH / Math.max(figures.counts.length, 1);
  const [low, high] = [figures.edges[0] ?? 0, figures.edges.at(-1) ?? 1];
  const mean = (((figures.mean ?? 0) - low) / (high - low || 1)) * WIDTH;
  return (
    <figure>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        className="block w-full"
        role="img"
        aria-label={`${formatInteger(count)} values from ${formatNumber(figures.min)} to ${formatNumber(figures.max)}`}
      >
        {figures.counts.map((bar, at) => {
          // A bin with a single value is still seen.
          const height = bar === 0 ? 0 : Math.max(1, (bar / most) * (HEIGHT - 2));
          return (
            <rect
              key={figures.edges[at]}
              x={at * step + 0.5}
              y={HEIGHT - height}
              width={Math.max(step - 1, 0.5)}
              height={height}
              fill="var(--accent)"
              opacity={0.75}
            >
              <title>{`${formatInteger(bar)} from ${formatNumber(figures.edges[at])} to ${formatNumber(figures.edges[at + 1])}`}</title>
            </rect>
          );
        })}
        <path d={`M0 ${HEIGHT - 0.5}H${WIDTH}`} stroke="var(--line)" />
        <path d={`M${mean} 0V${HEIGHT}`} stroke="var(--text-3)" strokeDasharray="2 2" />
      </svg>
      <figcaption className="tnum flex justify-between text-fg-3 text-label">
        <span>{formatNumber(low)}</span>
        <span>mean dashed</span>
        <span>{formatNumber(high)}</span>
      </figcaption>
    </figure>
  );
}

function Channels({ channels }: { channels: ChannelReport }) {
  if (channels.outlierCount === 0)
    return (
      <p className="text-fg-3 text-label">
        {formatInteger(channels.count)} channels along the first axis, none stands apart by its norm
      </p>
    );
  const more = channels.outlierCount - channels.outliers.length;
  return (
    <p className="flex gap-1.5 text-label">
      <TriangleAlert size={12} className="mt-px flex-none text-warn" aria-label="Warning" />
      <span className="selectable text-fg-2">
        {formatInteger(channels.outlierCount)} of {formatInteger(channels.count)} channels along the first axis{" "}
        {channels.outlierCount === 1 ? "stands" : "stand"} apart by norm:{" "}
        <span
          className="mono"
          title={channels.outliers.map((each) => `${each.index}: ${formatNumber(each.norm)}`).join("\n")}
        >
          {channels.outliers.map((each) => each.index).join(", ")}
        </span>
        {more > 0 && ` and ${formatInteger(more)} more`}
      </span>
    </p>
  );
}
