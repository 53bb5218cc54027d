import { comparison, isComparison } from "@/components/GateRow";
import type { GateCheck, GateLimits, GateReport } from "@/lib/api";
import { formatBytes, formatMs } from "@/lib/format";

export const failedChecks = (report: GateReport): GateCheck[] =>
  report.checks.filter((check) => check.verdict === "fail");

/** "Latency p99 9.7 ms > 5 ms"; a limit in words belongs to the list, and what was refused outright has no measure. */
export function failureWords(check: GateCheck): string {
  const measured = check.measured === "refused" ? "" : check.measured;
  return [check.title, measured, isComparison(check.limit) && comparison(check)].filter(Boolean).join(" ");
}

/** Titles of the gates without an answer, as the tick that waives them names them: "golden outputs". */
export const inconclusiveTitles = (report: GateReport): string[] =>
  report.checks.filter((check) => check.verdict === "inconclusive").map((check) => lowerFirst(check.title));

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

/** "golden outputs and latency p99". */
export function spoken(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? "") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** What the gates will be held against, before any of them has run. */
export function limitRows(limits: GateLimits): { title: string; limit: string }[] {
  const tolerance = (value: number) => value.toExponential(0).replace("e-", "e−");
  return [
    { title: "Golden outputs", limit: `rtol ${tolerance(limits.goldenRtol)}, atol ${tolerance(limits.goldenAtol)}` },
    { title: "Latency p99", limit: `≤ ${formatMs(limits.latencyP99MsMax)}` },
    { title: "Size", limit: `≤ ${formatBytes(limits.sizeBytesMax)}` },
  ];
}
