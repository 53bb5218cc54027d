// What of a sweep is chosen, and its points as they are drawn.
import type { Optimisation, Provider, SweepGrid, SweepPoint, SweepReport } from "@/lib/api";
import { OPTIMISATIONS, providerName } from "./words";

export type FrontBy = "p99" | "p50";

export type SweepChoice = {
  batches: readonly number[];
  threads: readonly number[];
  providers: readonly Provider[];
  optimisations: readonly Optimisation[];
  ioBindings: readonly boolean[];
  durationMs: number;
};

export const FIRST_CHOICE: SweepChoice = {
  batches: [1, 8, 64],
  threads: [1, 2],
  providers: ["cpu"],
  optimisations: ["all"],
  ioBindings: [false, true],
  durationMs: 1000,
};

export const gridOf = (choice: SweepChoice): SweepGrid => ({
  batches: [...choice.batches],
  threads: [...choice.threads],
  providers: choice.providers.map((first) => (first === "cpu" ? ["cpu"] : [first, "cpu"])),
  optimisations: [...choice.optimisations],
  ioBindings: [...choice.ioBindings],
});

export const pointCount = (choice: SweepChoice): number =>
  choice.batches.length *
  choice.threads.length *
  choice.providers.length *
  choice.optimisations.length *
  choice.ioBindings.length;

/** In or out; the last of an axis stays, for an axis with nothing on it has no points. */
export function toggled<T>(values: readonly T[], value: T, order: readonly T[]): readonly T[] {
  const next = values.includes(value) ? values.filter((each) => each !== value) : [...values, value];
  return next.length === 0 ? values : order.filter((each) => next.includes(each));
}

/** The upper bound of a percentile, or why there is none. */
export function upper(point: SweepPoint, by: FrontBy): { ms: number | null; refused: string | null } {
  const bound = point.measured?.percentiles.find((each) => each.label === by);
  return { ms: bound?.highMs ?? null, refused: point.failed ?? bound?.refused ?? null };
}

export const frontOf = (report: SweepReport, by: FrontBy): readonly number[] =>
  by === "p99" ? report.frontP99 : report.frontP50;

export function pointText({ settings }: SweepPoint): string {
  const level = OPTIMISATIONS.find((each) => each.value === settings.optimisation)?.label ?? settings.optimisation;
  const first = providerName(settings.providers[0] ?? "cpu");
  return `${first}, batch ${settings.batch}, ${settings.threads} threads, optimisation ${level.toLowerCase()}${settings.ioBinding ? ", IoBinding" : ""}`;
}
