// What a comparison says, in sentences.
import type {
  Agreement,
  ComparisonReport,
  DeterminismReport,
  DivergenceReport,
  OutputMetrics,
  Verdict,
} from "@/lib/api";
import { formatInteger, formatNumber, plural } from "@/lib/format";

export const verdictOf = (agreement: Agreement): Verdict =>
  agreement === "equal" ? "pass" : agreement === "different" ? "fail" : "inconclusive";

/** "3.1e−7"; a difference that is infinite has no number. */
export const differenceText = (value: number | null): string =>
  value === null ? "∞" : formatNumber(value, undefined, 3);

/** Never rounded up to 100 %: one row of a million is not none. */
export function shareText(within: number, elements: number): string {
  if (elements === 0) return "—";
  if (within === elements) return "100 %";
  const percent = (100 * within) / elements;
  const digits = Math.min(8, Math.max(2, Math.ceil(-Math.log10(100 - percent)) + 1));
  return `${(Math.floor(percent * 10 ** digits) / 10 ** digits).toFixed(digits)} %`;
}

/** Close to one it is the distance from one that tells: 1 − 3.2e−11. */
export function nearOne(value: number | null): string {
  if (value === null) return "—";
  if (value === 1) return "1";
  return value > 1 - 1e-5 ? `1 − ${formatNumber(1 - value, undefined, 2)}` : formatNumber(value, 6);
}

/** The output whose largest difference is the largest of all. */
export function worstOutput(report: ComparisonReport): OutputMetrics | undefined {
  const size = (output: OutputMetrics) => (output.maxAbs ? (output.maxAbs.value ?? Number.POSITIVE_INFINITY) : -1);
  return [...report.outputs].sort((a, b) => size(b) - size(a))[0];
}

export function headline(report: ComparisonReport): string {
  if (report.agreement === "inconclusive") return `Nothing was proved: ${report.reason ?? "nothing was compared"}`;
  const rows = plural(report.rows, "row");
  if (report.agreement === "equal") return `Equal over ${rows}`;
  return `${plural(report.rowsOutside, "row")} of ${formatInteger(report.rows)} ${report.rowsOutside === 1 ? "differs" : "differ"} beyond the tolerance`;
}

export function detail(report: ComparisonReport): string {
  const worst = worstOutput(report);
  const limit = `atol ${report.tolerance.atol} + rtol ${report.tolerance.rtol} · |expected|`.replaceAll("e-", "e−");
  if (!worst?.maxAbs) return `No element differs at all. Tolerance ${limit}.`;
  const at = `row ${formatInteger(worst.maxAbs.row)}`;
  return `Largest difference ${differenceText(worst.maxAbs.value)} in ${worst.output} at ${at}; ${shareText(worst.within, worst.elements)} of its elements within ${limit}.`;
}

export function divergenceHeadline(report: DivergenceReport): string {
  if (report.outcome === "equal") return "No tensor differs: the outputs agree within the tolerance";
  if (report.first === null) return `${report.output ?? "An output"} differs, and no node makes it`;
  const node = report.first.node || report.first.tensor;
  if (report.outcome === "fused") return `The difference comes from a fusion across ${report.first.tensor}`;
  return `${report.first.op} ${node} is the first that differs`;
}

export function repeatHeadline(report: DeterminismReport): string {
  const runs = report.groups.reduce((sum, group) => sum + group.repeats, 0);
  if (report.deterministic) return `The same bytes in all ${formatInteger(runs)} runs`;
  const broken = report.groups.filter((group) => !group.sameEveryTime);
  if (broken.length > 0) return `Repeats differ with ${threadsText(broken.map((group) => group.threads))}`;
  const other = report.groups.filter((group) => !group.sameAsFirstGroup);
  return `Other bytes with ${threadsText(other.map((group) => group.threads))} than with ${threadsText([report.groups[0]?.threads ?? 1])}`;
}

export const threadsText = (threads: readonly number[]): string =>
  threads.length === 1 && threads[0] === 0
    ? "every core"
    : `${threads.map((each) => (each === 0 ? "every core" : String(each))).join(", ")} thread${threads.length === 1 && threads[0] === 1 ? "" : "s"}`;
