import type { ReactNode } from "react";
import { Sparkline } from "@/components/Sparkline";
import type { EndpointStats, StatPoint } from "@/lib/api";
import { cx } from "@/lib/cx";
import { EMPTY, formatInteger, formatNumber } from "@/lib/format";

const SPARK_POINTS = 60;

/** Four figures of one window, each with its shape; a refused p99 says why instead of showing a number. */
export function EndpointFigures({ stats }: { stats: EndpointStats }) {
  const span = windowText(stats.windowS);
  const points = grouped(stats.series, SPARK_POINTS);
  return (
    <div className="grid min-w-0 flex-1 grid-cols-4 gap-2">
      <Figure
        label="req/s"
        note={`mean of the last ${span}`}
        value={formatNumber(stats.ratePerS, stats.ratePerS < 10 ? 2 : 1)}
        values={points.map((point) => point.requests)}
      />
      <Figure
        label="p50 ms"
        note={`of ${formatInteger(stats.requests)} requests in ${span}`}
        value={ms(stats.p50Ms)}
        values={points.map((point) => point.p50Ms)}
      />
      <Figure
        label="p99 ms"
        note={stats.p99Refused ?? `of ${formatInteger(stats.requests)} requests in ${span}`}
        value={ms(stats.p99Ms)}
        refused={stats.p99Refused}
        count={stats.requests}
        values={[]}
      />
      <Figure
        label={`errors, ${span}`}
        note={`of ${formatInteger(stats.requests)} requests`}
        value={formatInteger(stats.errors)}
        bad={stats.errors > 0}
        values={points.map((point) => point.errors)}
      />
    </div>
  );
}

/** "5 min", "42 s": the window that the figures cover. */
export const windowText = (seconds: number) => (seconds >= 120 ? `${Math.round(seconds / 60)} min` : `${seconds} s`);

const ms = (value: number | null) => (value === null ? EMPTY : formatNumber(value, value < 1 ? 3 : 2));

/** Seconds put together so that a 96 px line has no more points than pixels. Latency: the slowest median inside. */
function grouped(
  series: readonly StatPoint[],
  count: number,
): { requests: number; errors: number; p50Ms: number | null }[] {
  const size = Math.max(1, Math.ceil(series.length / count));
  const groups = [];
  for (let start = 0; start < series.length; start += size) {
    const part = series.slice(start, start + size);
    const medians = part.map((point) => point.p50Ms).filter((value) => value !== null);
    groups.push({
      requests: part.reduce((sum, point) => sum + point.requests, 0) / part.length,
      errors: part.reduce((sum, point) => sum + point.errors, 0),
      p50Ms: medians.length > 0 ? Math.max(...medians) : null,
    });
  }
  return groups;
}

type FigureProps = {
  label: string;
  note: string;
  value: ReactNode;
  values: (number | null)[];
  bad?: boolean;
  refused?: string | null;
  /** In place of a shape, where seconds have too few requests for one. */
  count?: number;
};

function Figure({ label, note, value, values, bad, refused, count }: FigureProps) {
  return (
    <div className="min-w-0" title={note}>
      <span className="block truncate text-fg-3 text-label">{label}</span>
      <b className={cx("tnum block font-semibold text-[14px] leading-5", bad && "text-bad", refused && "text-fg-3")}>
        {value}
      </b>
      {refused ? (
        <span className="block text-fg-3 text-micro leading-3">{refused}</span>
      ) : count !== undefined ? (
        <span className="tnum block text-fg-3 text-micro leading-5.5">n {formatInteger(count)}</span>
      ) : (
        <Sparkline fluid values={values} label={`${label}, shape over time`} color={bad ? "var(--bad)" : undefined} />
      )}
    </div>
  );
}
