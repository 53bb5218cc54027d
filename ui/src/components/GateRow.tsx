import type { GateCheck, Verdict } from "@/lib/api";
import { cx } from "@/lib/cx";
import { LimitBar } from "./LimitBar";
import { Status, type StatusTone } from "./Status";

export const VERDICT_LOOK: Record<Verdict, { tone: StatusTone; word: string }> = {
  pass: { tone: "ok", word: "Pass" },
  fail: { tone: "bad", word: "Fail" },
  inconclusive: { tone: "warn", word: "Inconclusive" },
};

/** One gate of a checklist: what was measured, against which limit. The detail follows when there is room or trouble. */
export function GateRow({ check, roomy = false, bar = false }: { check: GateCheck; roomy?: boolean; bar?: boolean }) {
  const look = VERDICT_LOOK[check.verdict];
  const compared = isComparison(check.limit);
  // In the narrow inspector a limit in words ("rtol 1e-5, atol 1e-6") goes to the second line.
  const second = [roomy && !compared && check.limit, (roomy || check.verdict !== "pass") && check.detail];
  const note = second.filter(Boolean).join(" · ");
  const beside = compared ? comparison(check) : roomy ? "" : `· ${check.limit}`;
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
        <div className="flex justify-between gap-x-3 leading-[18px]">
          <span className="flex-none">{check.title}</span>
          {bar && (
            <span className="ml-auto w-32 flex-none self-center">
              {check.gauge && <LimitBar gauge={check.gauge} broken={check.verdict === "fail"} />}
            </span>
          )}
          <span
            className={cx(
              "tnum selectable min-w-0 text-right",
              bar ? "w-60 flex-none" : "ml-auto",
              // Half a digest tells nothing; half a sentence does.
              check.measured.length + beside.length < 48 ? "truncate" : "break-words",
              check.verdict === "fail" ? "text-bad" : "text-fg-2",
            )}
          >
            {check.measured}
            {check.limit && beside && <span className="text-fg-3"> {beside}</span>}
          </span>
        </div>
        {note && <p className="selectable break-words text-fg-3 text-label leading-3.5">{note}</p>}
      </div>
    </li>
  );
}

const BROKEN: Record<string, string> = { "≤": ">", "≥": "<", "<": "≥", ">": "≤" };

/** The limit as a true statement about what was measured: "3.8 ms ≤ 5 ms", but "9.7 ms > 5 ms". */
export function comparison(check: GateCheck): string {
  const sign = BROKEN[check.limit.charAt(0)];
  return check.verdict === "fail" && sign ? sign + check.limit.slice(1) : check.limit;
}

/** "≤ 5 ms" compares on its own; "as registered" is a word about what was asked. */
export const isComparison = (limit: string) => /^[≤≥<>=]/.test(limit);
