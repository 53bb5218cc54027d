import type { Against, BenchmarkReport, PercentileDifference, Scenario, ShiftVerdict, Verdict } from "@/lib/api";
import { formatDelta, formatInteger, formatNumber, formatPercent } from "@/lib/format";
import { latencyRange, latencyText } from "./bounds";
import { fileName } from "./settings";

/** "v14" of "regime-hmm-fx v14", "model.onnx" of a path: short enough for a legend. */
export function armName(report: BenchmarkReport): string {
  return / (v\d+)$/.exec(report.model)?.[1] ?? fileName(report.model);
}

export function loadText(scenario: Scenario): string {
  switch (scenario.kind) {
    case "singleStream":
      return "Single stream";
    case "multiStream":
      return `Multi stream, ${formatInteger(scenario.samplesPerQuery)} samples a query`;
    case "server":
      return `Server, Poisson at ${formatNumber(scenario.ratePerS)} per s`;
    case "offline":
      return "Offline";
    case "replay":
      return `Replay of ${scenario.source}, ${formatNumber(scenario.speed)} times`;
  }
}

export const SHIFT: Record<ShiftVerdict, { tone: "ok" | "bad" | "idle" | "warn"; word: string }> = {
  faster: { tone: "ok", word: "Faster" },
  slower: { tone: "bad", word: "Slower" },
  noDifference: { tone: "idle", word: "No difference" },
  inconclusive: { tone: "warn", word: "Inconclusive" },
};

/** "−0.290 ms" with its sign, to three digits. */
export function signedMs(ms: number): string {
  return `${signed(ms)} ms`;
}

export function signed(ms: number): string {
  const text = formatNumber(Math.abs(ms), undefined, 3);
  return ms < 0 ? `−${text}` : `+${text}`;
}

/** The highest percentile up to p99 that a comparison claims. */
export function mainDifference(against: Against): PercentileDifference | undefined {
  const claimed = against.differences.filter((each) => each.refused === null);
  return claimed.find((each) => each.label === "p99") ?? claimed.at(-1);
}

export type Claim = { verdict: Verdict; title: string; text: string };

/** What this measurement shows, with its bound, and what it does not. */
export function claimOf(report: BenchmarkReport, against: Against | null): Claim {
  const claims = report.percentiles.filter((bound) => bound.refused === null);
  const claimed = claims.find((bound) => bound.label === "p99") ?? claims.at(-1);
  const refused = report.percentiles.filter((bound) => bound.refused !== null).map((bound) => bound.label);
  if (!claimed) return { verdict: "inconclusive", title: "No percentile can be claimed", text: first(report) };
  const name = armName(report);
  const bound = `Between ${latencyRange(claimed.lowMs, claimed.highMs)} at ${formatPercent(report.confidence, 0)} confidence on each side, n ${formatInteger(claimed.samples)}.`;
  const without = refused.length > 0 ? ` Not claimed: ${refused.join(", ")}.` : "";
  const overload = report.steadiness.findings.find((finding) => finding.kind === "overload");
  if (overload)
    return { verdict: "fail", title: `${name} does not hold this load`, text: `${overload.text}. ${bound}${without}` };
  const shown = `${name}: ${claimed.label} ${latencyText(claimed.valueMs)}`;
  const compared = against && comparedText(against);
  const title = compared ? `${shown}, ${compared.title}` : shown;
  const verdict = compared?.verdict ?? (report.steadiness.steady ? "pass" : "inconclusive");
  return { verdict, title, text: `${bound} ${compared?.text ?? ""}${without}`.replace("  ", " ") };
}

const first = (report: BenchmarkReport) => report.percentiles[0]?.refused ?? "";

function comparedText(against: Against): Claim | null {
  const main = mainDifference(against);
  if (!main?.verdict || main.differenceMs === null || main.pValue === null) return null;
  const name = armName(against.report);
  const by = `by ${formatNumber(Math.abs(main.differenceMs), undefined, 3)} ms`;
  const told: Record<ShiftVerdict, { verdict: Verdict; title: string }> = {
    faster: { verdict: "pass", title: `faster than ${name} ${by}` },
    slower: { verdict: "fail", title: `slower than ${name} ${by}` },
    noDifference: { verdict: "pass", title: `as fast as ${name} within ${formatPercent(against.margin, 0)}` },
    inconclusive: { verdict: "inconclusive", title: `no difference from ${name} shown` },
  };
  return { ...told[main.verdict], text: `${main.label} differs with p ${pText(main.pValue)}.` };
}

export const pText = (p: number): string => (p < 0.0005 ? "< 0.001" : formatNumber(p, 3));

/** "+0.4 %" for a drift; null where it was not judged. */
export const driftText = (drift: number | null): string =>
  drift === null ? "not judged" : `${formatDelta(drift * 100, 1)} %`;
