// Which columns the run table can show, and which it shows before the user chooses.
import type { Reading, Run, RunMetric } from "@/lib/api";
import { columnDigits, formatNumber, readingNumber } from "@/lib/format";
import { HOUSEKEEPING } from "../charts/series";
import type { Aggregate } from "../state";

export type RunColumn =
  /** `chars`: how long its longest number is when written out. */
  | { id: string; kind: "metric"; key: string; digits: number | undefined; chars: number }
  | { id: string; kind: "param"; key: string; numeric: boolean; uniform: boolean }
  | { id: string; kind: "attribute"; key: "start_time" | "duration" | "user" | "source" };

const DEFAULT_METRICS = 6;
const DEFAULT_PARAMS = 4;
export const ATTRIBUTES: readonly RunColumn[] = [
  { id: "attributes.duration", kind: "attribute", key: "duration" },
  { id: "attributes.start_time", kind: "attribute", key: "start_time" },
  { id: "attributes.user", kind: "attribute", key: "user" },
  { id: "attributes.source", kind: "attribute", key: "source" },
];

export function reading(metric: RunMetric | undefined, aggregate: Aggregate): Reading | null {
  if (!metric) return null;
  return aggregate === "latest" ? metric.latest : metric[aggregate];
}

export const metricOf = (run: Run, key: string) => run.metrics.find((metric) => metric.key === key);
export const paramOf = (run: Run, key: string) => run.params.find((param) => param.key === key)?.value;
const isNumeric = (text: string) => text.trim() !== "" && Number.isFinite(Number(text));

/** The extremes of a column are as long as its numbers get; writing each of them out would cost too much. */
function longest(values: readonly Reading[], digits: number | undefined): number {
  const finite = values.map(readingNumber).filter(Number.isFinite);
  if (finite.length === 0) return 0;
  const ends = [finite.reduce((a, b) => Math.min(a, b)), finite.reduce((a, b) => Math.max(a, b))];
  return Math.max(...ends.map((value) => formatNumber(value, digits).length));
}

/** Every column that the loaded runs offer, in a stable order: metrics, params, attributes. */
export function availableColumns(runs: readonly Run[], aggregate: Aggregate): RunColumn[] {
  const metrics = new Map<string, Reading[]>();
  const params = new Map<string, string[]>();
  for (const run of runs) {
    for (const metric of run.metrics) {
      const values = metrics.get(metric.key) ?? [];
      const value = reading(metric, aggregate);
      if (value !== null) values.push(value);
      metrics.set(metric.key, values);
    }
    for (const { key, value } of run.params) {
      const values = params.get(key) ?? [];
      values.push(value);
      params.set(key, values);
    }
  }
  const last = (key: string) => Number(HOUSEKEEPING.test(key)) + 2 * Number(key.startsWith("system/"));
  const byName = ([a]: [string, unknown], [b]: [string, unknown]) => a.localeCompare(b, "en");
  return [
    ...[...metrics]
      .sort((a, b) => last(a[0]) - last(b[0]) || byName(a, b))
      .map(([key, values]): RunColumn => {
        const digits = columnDigits(values);
        return { id: `metrics.${key}`, kind: "metric", key, digits, chars: longest(values, digits) };
      }),
    ...[...params].sort(byName).map(
      ([key, values]): RunColumn => ({
        id: `params.${key}`,
        kind: "param",
        key,
        numeric: values.every(isNumeric),
        uniform: values.length === runs.length && new Set(values).size === 1,
      }),
    ),
    ...ATTRIBUTES,
  ];
}

/** System metrics wait behind the column menu; parameters that tell runs apart come before those that do not. */
export function defaultColumns(available: readonly RunColumn[]): string[] {
  const metrics = available.filter((column) => column.kind === "metric" && !column.key.startsWith("system/"));
  const params = available.filter((column) => column.kind === "param");
  const telling = [
    ...params.filter((column) => column.kind === "param" && !column.uniform),
    ...params.filter((column) => column.kind === "param" && column.uniform),
  ];
  return [
    ...metrics.slice(0, DEFAULT_METRICS).map((column) => column.id),
    ...telling.slice(0, DEFAULT_PARAMS).map((column) => column.id),
    "attributes.duration",
    "attributes.start_time",
  ];
}

/** The value minus the baseline's; null when either is missing or not finite. */
export function delta(run: Run, baseline: Run, key: string, aggregate: Aggregate): number | null {
  const here = reading(metricOf(run, key), aggregate);
  const there = reading(metricOf(baseline, key), aggregate);
  if (here === null || there === null) return null;
  const difference = readingNumber(here) - readingNumber(there);
  return Number.isFinite(difference) ? difference : null;
}
