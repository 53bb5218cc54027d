import { ArrowRight } from "lucide-react";
import type { DeploymentPlan, PlanSide } from "@/lib/api";
import { cx } from "@/lib/cx";
import { EMPTY, formatBytes, shortDigest } from "@/lib/format";

type Row = { label: string; mono?: boolean; text: (side: PlanSide) => string };

const ROWS: readonly Row[] = [
  { label: "Version", mono: true, text: (side) => (side.version === null ? EMPTY : `v${side.version}`) },
  { label: "Digest", mono: true, text: (side) => shortDigest(side.digest) },
  { label: "Stage", text: (side) => side.stage ?? EMPTY },
  { label: "Size", text: (side) => formatBytes(side.sizeBytes) },
  { label: "Address", mono: true, text: (side) => side.address ?? "chosen at start" },
];

/** Now and after, side by side; what stays the same is said in words. */
export function PlanTable({ plan }: { plan: DeploymentPlan }) {
  const columns = "grid grid-cols-[92px_minmax(0,1fr)_28px_minmax(0,1fr)] items-center px-3";
  return (
    <div className="tnum rounded-card border border-line bg-raised" data-testid="plan-table">
      <div className={cx(columns, "h-6 border-line-2 border-b text-fg-3 text-label")}>
        <span />
        <span>Now</span>
        <span />
        <span>After</span>
      </div>
      {ROWS.map((row) => {
        const now = plan.now ? row.text(plan.now) : row.label === "Version" ? "nothing runs" : EMPTY;
        const after = row.text(plan.after);
        const same = plan.now !== null && now === after;
        return (
          <div key={row.label} className={cx(columns, "h-6 border-line-2 border-b last:border-b-0")}>
            <span className="text-fg-2">{row.label}</span>
            <span className={cx("truncate text-fg-2", row.mono && plan.now && "mono")}>{now}</span>
            <ArrowRight size={12} className="text-fg-3" aria-hidden />
            <span
              className={cx(
                "selectable truncate",
                same ? "text-fg-3" : "font-medium",
                row.mono && !same && row.label !== "Address" && "mono",
              )}
            >
              {same ? "unchanged" : after}
            </span>
          </div>
        );
      })}
    </div>
  );
}
