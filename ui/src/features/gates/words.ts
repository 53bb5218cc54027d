import { comparison, isComparison } from "@/components/GateRow";
import type { GateCheck, GateFileRef, GateReport } from "@/lib/api";

/** Where the limits come from: "gate file revision 3". */
export function gateFileWords(about: GateFileRef | null | undefined): string {
  if (!about) return "limits of an earlier release";
  if (about.origin === "registry") return `gate file revision ${about.revision}`;
  if (about.origin === "disk") return about.fileName ?? "a gate file on disk";
  return about.origin === "tags" ? "limits from the model's gate tags" : "the usual limits";
}

export const passed = (checks: readonly GateCheck[]): number =>
  checks.filter((check) => check.verdict === "pass").length;

const spoken = (checks: readonly GateCheck[]): string =>
  checks
    .map((check) =>
      isComparison(check.limit) && check.verdict === "fail"
        ? `${check.title} ${check.measured} ${comparison(check)}`
        : check.title,
    )
    .join("; ");

/** The verdict as a sentence that names what decided it. */
export function verdictTitle(report: GateReport): string {
  const { checks, verdict } = report;
  if (verdict === "pass") return `Pass. All ${checks.length} gates hold`;
  if (verdict === "fail") return `Fail. ${spoken(checks.filter((check) => check.verdict === "fail"))}`;
  const open = checks.filter((check) => check.verdict === "inconclusive");
  return `Inconclusive. Not judged: ${spoken(open)}`;
}
