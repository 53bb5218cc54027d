import type { ModelVersion } from "@/lib/api";

/** Metric names worth a column: those that most versions carry first, so that a column can be compared. */
export function metricColumns(versions: readonly ModelVersion[]): string[] {
  const seen = new Map<string, number>();
  for (const version of versions) {
    for (const metric of version.metrics) seen.set(metric.key, (seen.get(metric.key) ?? 0) + 1);
  }
  return [...seen].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([key]) => key);
}
