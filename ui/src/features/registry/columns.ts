import type { ModelVersion } from "@/lib/api";

/** Metric names worth a column: those that most versions carry first, so that a column can be compared. */
export function metricColumns(versions: readonly ModelVersion[]): string[] {
  const seen = new Map<string, number>();
  for (const version of versions) {
    for (const metric of version.metrics) seen.set(metric.key, (seen.get(metric.key) ?? 0) + 1);
  }
  return [...seen].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([key]) => key);
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
  let metrics = metricCount > 0 ? 1 : 0;
  room -= metrics * METRIC_PX;
  const size = take(SIZE_PX);
  const alias = take(ALIAS_PX);
  while (metrics < Math.min(3, metricCount) && take(METRIC_PX)) metrics += 1;
  return { metrics, size, alias };
}
