import { comparison, isComparison } from "@/components/GateRow";
import type { AskedGate, GateCheck, GateFileRef, GateReport } from "@/lib/api";

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

/** What the gates will be held against, before any of them has run: that a model loads at all goes without saying. */
export const limitRows = (asked: readonly AskedGate[]): AskedGate[] =>
  asked.filter((gate) => gate.id !== "digest" && gate.id !== "load");

/** Where the limits come from: "gate file revision 3". */
export function gateFileWords(about: GateFileRef): string {
  if (about.origin === "registry") return `gate file revision ${about.revision}`;
  if (about.origin === "disk") return about.fileName ?? "a gate file on disk";
  return about.origin === "tags" ? "from the model's gate tags" : "the usual limits";
}
