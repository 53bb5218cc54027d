import type { GateCheck, Verdict } from "@/lib/api";
import { cx } from "@/lib/cx";
import { Status, type StatusTone } from "./Status";

export const VERDICT_LOOK: Record<Verdict, { tone: StatusTone; word: string }> = {
  pass: { tone: "ok", word: "Pass" },
  fail: { tone: "bad", word: "Fail" },
  inconclusive: { tone: "warn", word: "Inconclusive" },
};

/** One gate of a checklist: what was measured, against which limit. The detail follows when there is room or trouble. */
export function GateRow({ check, roomy = false }: { check: GateCheck; roomy?: boolean }) {
  const look = VERDICT_LOOK[check.verdict];
  const detail = check.detail && (roomy || check.verdict !== "pass");
  return (
    <li
      data-testid="gate-row"
      data-gate={check.id}
      data-verdict={check.verdict}
      title={check.detail || undefined}
      className={cx("flex items-start gap-2 border-line-2 border-b px-3 last:border-b-0", roomy ? "py-1" : "py-0.75")}
    >
      <span className="mt-0.5 flex-none">
        <Status tone={look.tone} iconOnly size={14}>
          {look.word}
        </Status>
      </span>
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap justify-between gap-x-3 leading-[18px]">
          <span>{check.title}</span>
          <span
            className={cx("tnum selectable ml-auto text-right", check.verdict === "fail" ? "text-bad" : "text-fg-2")}
          >
            {check.measured}
            {check.limit && <span className="text-fg-3"> {comparison(check)}</span>}
          </span>
        </div>
        {detail && <p className="selectable text-fg-3 text-label leading-3.5">{check.detail}</p>}
      </div>
    </li>
  );
}

/** "≤ 5 ms" stays as it is; a bare "5 ms" is told apart from the measurement by a word. */
function comparison(check: GateCheck): string {
  return /^[≤≥<>=]/.test(check.limit) ? check.limit : `· ${check.limit}`;
}
