import type { ModelVersion } from "@/lib/api";
import { readingNumber } from "@/lib/format";

// What a quant judges a version by comes first: out-of-sample figures, then what they measure; bookkeeping comes last.
const WORTH = [
  /(^|[_./])(test|oos|holdout)/,
  /(^|[_./])(val|valid)/,
  /sharpe|(^|_)ic($|_)|pnl|sortino/,
  /accuracy|auc|f1|loss|rmse|mae|brier/,
];
const BOOKKEEPING = /epoch|step|second|time|duration|count|rows|size/;

function worth(key: string): number {
  if (BOOKKEEPING.test(key)) return -1;
  return WORTH.reduce((sum, pattern, place) => sum + (pattern.test(key) ? WORTH.length - place : 0), 0);
}

/** All metric names, in the order in which they deserve a column: those that most versions have a number for, then by what they say. */
export function metricColumns(versions: readonly ModelVersion[]): string[] {
  const seen = new Map<string, number>();
  for (const version of versions) {
    for (const { key, latest } of version.metrics) {
      seen.set(key, (seen.get(key) ?? 0) + Number(Number.isFinite(readingNumber(latest))));
    }
  }
  return [...seen]
    .sort((a, b) => b[1] - a[1] || worth(b[0]) - worth(a[0]) || a[0].localeCompare(b[0]))
    .map(([key]) => key);
}

/** The chosen metrics that still exist, in the order of choice; without a choice, the order above. */
export function orderedMetrics(all: readonly string[], chosen: readonly string[]): string[] {
  const kept = chosen.filter((key) => all.includes(key));
  return kept.length > 0 ? kept : [...all];
}

// Version, stage, gates, age, and a run name that can still be read.
const ALWAYS_PX = 64 + 112 + 116 + 68 + 124;
const METRIC_PX = 84;
const SIZE_PX = 76;
const ALIAS_PX = 104;

/** What fits beside the columns that are always there: one metric first, then size, alias, and two more metrics. */
export function fitColumns(width: number, metricCount: number): { metrics: number; size: boolean; alias: boolean } {
  let room = width - ALWAYS_PX;
  const take = (px: number) => {
    if (room < px) return false;
    room -= px;
    return true;
  };
  let metrics = metricCount > 0 && take(METRIC_PX) ? 1 : 0;
  const size = take(SIZE_PX);
  const alias = take(ALIAS_PX);
  while (metrics < Math.min(3, metricCount) && take(METRIC_PX)) metrics += 1;
  return { metrics, size, alias };
}
