import { CircleCheck, CircleX, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { Verdict } from "@/lib/api";
import { cx } from "@/lib/cx";

const LOOK = {
  pass: { icon: CircleCheck, surface: "bg-ok-weak", color: "text-ok" },
  fail: { icon: CircleX, surface: "bg-bad-weak", color: "text-bad" },
  inconclusive: { icon: TriangleAlert, surface: "bg-warn-weak", color: "text-warn" },
};

type Props = { verdict: Verdict; title: string; children?: ReactNode; "data-testid"?: string };

/** A verdict with its sentence; the colour only repeats what the words say. */
export function VerdictBanner({ verdict, title, children, "data-testid": testId }: Props) {
  const { icon: Icon, surface, color } = LOOK[verdict];
  return (
    <div
      role="status"
      data-testid={testId}
      data-verdict={verdict}
      className={cx("flex items-center gap-2.5 rounded-card px-2.5 py-2", surface)}
    >
      <Icon size={16} className={cx("flex-none", color)} aria-hidden />
      <div className="min-w-0">
        <b className="block font-semibold">{title}</b>
        {children && <div className="selectable break-words text-fg-3 text-label">{children}</div>}
      </div>
    </div>
  );
}
