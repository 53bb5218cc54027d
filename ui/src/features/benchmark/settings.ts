import type { BenchmarkReport, BenchmarkSettings, ModelSource, Scenario, TimeUnit } from "@/lib/api";

import { formatDuration, formatInteger } from "@/lib/format";

/** The name of a file of this machine, whichever way its system writes paths. */
export const fileName = (path: string) => path.split(/[\\/]/).at(-1) ?? path;

export type LoadKind = Scenario["kind"];

/** What the form holds: text as it is typed, so that half a number is not lost. */
export type Draft = {
  kind: LoadKind;
  rate: string;
  samplesPerQuery: string;
  speed: string;
  arrivals: { path: string; column: string; unit: TimeUnit } | null;
  samples: string;
  seconds: string;
  threads: string;
  sessions: string;
  rows: string;
  optimisation: BenchmarkSettings["optimisation"];
  /** "none", "version 3", or the path of a file. */
  against: string;
  margin: string;
};

export const FIRST_DRAFT: Draft = {
  kind: "singleStream",
  rate: "400",
  samplesPerQuery: "8",
  speed: "1",
  arrivals: null,
  samples: "10000",
  seconds: "30",
  threads: "1",
  sessions: "1",
  rows: "",
  optimisation: "all",
  against: "none",
  margin: "5",
};

export const LOADS: { value: LoadKind; label: string; detail: string }[] = [
  { value: "singleStream", label: "Single stream", detail: "one after the other" },
  { value: "multiStream", label: "Multi stream", detail: "several samples a query" },
  { value: "server", label: "Server, Poisson", detail: "arrivals at a rate" },
  { value: "offline", label: "Offline", detail: "as much as it can" },
  { value: "replay", label: "Market replay", detail: "arrivals from a file" },
];

/** The percentiles and the samples that each needs at least, as the shell refuses them (MLPerf's early stopping, 99 %). */
const NEEDS: [string, number][] = [
  ["p90", 64],
  ["p99", 662],
  ["p99.9", 6636],
  ["p99.99", 66_381],
];

type Problems = Partial<Record<keyof Draft, string>>;

const amount = (text: string) => Number(text.replaceAll(",", "").trim());

function checked(draft: Draft): Problems {
  const problems: Problems = {};
  const whole = (field: keyof Draft, text: string, low: number, high: number) => {
    const value = amount(text);
    if (!Number.isInteger(value) || value < low || value > high)
      problems[field] = `A whole number from ${formatInteger(low)} to ${formatInteger(high)}`;
  };
  const positive = (field: keyof Draft, text: string) => {
    const value = amount(text);
    if (!(value > 0 && Number.isFinite(value))) problems[field] = "A number above 0";
  };
  whole("samples", draft.samples, 1, 2_000_000);
  whole("threads", draft.threads, 0, 1024);
  whole("sessions", draft.sessions, 1, 1024);
  positive("seconds", draft.seconds);
  if (amount(draft.seconds) > 3600) problems.seconds = "An hour at most";
  if (draft.rows.trim() !== "") whole("rows", draft.rows, 1, 1_000_000);
  if (draft.kind === "server") positive("rate", draft.rate);
  if (draft.kind === "multiStream") whole("samplesPerQuery", draft.samplesPerQuery, 1, 100_000);
  if (draft.kind === "replay") positive("speed", draft.speed);
  if (draft.kind === "replay" && !draft.arrivals) problems.arrivals = "Choose a file with a column of times";
  const margin = amount(draft.margin);
  if (draft.against !== "none" && !(margin >= 0 && margin <= 1000)) problems.margin = "A percentage from 0 on";
  return problems;
}

function scenarioOf(draft: Draft): Scenario {
  switch (draft.kind) {
    case "multiStream":
      return { kind: "multiStream", samplesPerQuery: amount(draft.samplesPerQuery) };
    case "server":
      return { kind: "server", ratePerS: amount(draft.rate), seed: 7 };
    case "replay":
      return { kind: "replay", source: fileName(draft.arrivals?.path ?? ""), speed: amount(draft.speed) };
    default:
      return { kind: draft.kind };
  }
}

/** What is to be asked, or what is wrong with it, field by field. */
export function settingsOf(draft: Draft): { settings: BenchmarkSettings | null; problems: Problems } {
  const problems = checked(draft);
  if (Object.keys(problems).length > 0) return { settings: null, problems };
  const { arrivals } = draft;
  const settings: BenchmarkSettings = {
    scenario: scenarioOf(draft),
    arrivals:
      draft.kind === "replay" && arrivals
        ? { path: arrivals.path, column: arrivals.column.trim() || null, unit: arrivals.unit }
        : null,
    durationMs: Math.round(amount(draft.seconds) * 1000),
    samplesMax: amount(draft.samples),
    threads: amount(draft.threads),
    sessions: amount(draft.sessions),
    optimisation: draft.optimisation,
    rows: draft.rows.trim() === "" ? null : amount(draft.rows),
  };
  return { settings, problems };
}

export function againstOf(draft: Draft, source: ModelSource): { source: ModelSource; margin: number } | null {
  const margin = amount(draft.margin) / 100;
  if (draft.against === "none") return null;
  const version = /^version (\d+)$/.exec(draft.against);
  if (version && "name" in source) return { source: { name: source.name, version: Number(version[1]) }, margin };
  return { source: { path: draft.against }, margin };
}

/** "p99.9 needs 6,636: 17 s at this rate." The next percentile beyond the samples asked for, and what it would take. */
export function needsText(draft: Draft, last: BenchmarkReport | null): string {
  const samples = amount(draft.samples);
  const perSecond =
    draft.kind === "server" ? amount(draft.rate) : last && last.scenario.kind === draft.kind ? queriesPerS(last) : null;
  const arms = draft.against === "none" ? 1 : 2;
  const takes = (count: number) =>
    perSecond && perSecond > 0 ? `, ${formatDuration(((count * arms) / perSecond) * 1000)}` : "";
  const earned = NEEDS.filter(([, needed]) => samples >= needed).at(-1);
  const next = NEEDS.find(([, needed]) => samples < needed);
  const here = earned ? `enough for ${earned[0]}${takes(samples)}` : "too few for any percentile of the tail";
  return next ? `${here}; ${next[0]} needs ${formatInteger(next[1])}${takes(next[1])}` : here;
}

/** Queries, not samples: what a target of samples is counted in. */
function queriesPerS(report: BenchmarkReport): number {
  const each = report.scenario.kind === "multiStream" ? report.scenario.samplesPerQuery : 1;
  return report.throughputPerS / each;
}
