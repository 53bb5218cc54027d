import { ArrowRight } from "lucide-react";
import type { DeploymentPlan, PlanSide, Stage } from "@/lib/api";
import { cx } from "@/lib/cx";
import { EMPTY, formatBytes, shortDigest } from "@/lib/format";

type Row = { label: string; mono?: boolean; text: (side: PlanSide) => string };

const ROWS: readonly Row[] = [
  { label: "Version", mono: true, text: (side) => (side.version === null ? EMPTY : `v${side.version}`) },
  { label: "Digest", mono: true, text: (side) => shortDigest(side.digest) },
  { label: "Size", text: (side) => formatBytes(side.sizeBytes) },
  { label: "Address", mono: true, text: (side) => side.address ?? "chosen at start" },
];

type Line = { label: string; now: string; after: string; mono?: boolean };

function linesOf(plan: DeploymentPlan, stageNow: Stage | null): Line[] {
  const lines: Line[] = ROWS.map((row) => ({
    label: row.label,
    mono: row.mono,
    now: plan.now ? row.text(plan.now) : row.label === "Version" ? "nothing runs" : EMPTY,
    after: row.text(plan.after),
  }));
  const stage = { label: `Stage of v${plan.version}`, now: stageNow ?? EMPTY, after: plan.after.stage ?? EMPTY };
  lines.splice(3, 0, stage);
  return lines;
}

/** Now and after, side by side; what stays the same is said in words. */
export function PlanTable({ plan, stageNow }: { plan: DeploymentPlan; stageNow: Stage | null }) {
  const columns = "grid grid-cols-[92px_minmax(0,1fr)_28px_minmax(0,1fr)] items-center px-3";
  return (
    <div className="tnum rounded-card border border-line bg-raised" data-testid="plan-table">
      <div className={cx(columns, "h-6 border-line-2 border-b text-fg-3 text-label")}>
        <span />
        <span>Now</span>
        <span />
        <span>After</span>
      </div>
      {linesOf(plan, stageNow).map((line) => {
        const same = line.now === line.after;
        const mono = line.mono && !/ /.test(line.after);
        return (
          <div key={line.label} className={cx(columns, "h-6 border-line-2 border-b last:border-b-0")}>
            <span className="truncate text-fg-2">{line.label}</span>
            <span className={cx("truncate text-fg-2", line.mono && plan.now && "mono")}>{line.now}</span>
            <ArrowRight size={12} className="text-fg-3" aria-hidden />
            <span className={cx("selectable truncate", same ? "text-fg-3" : "font-medium", mono && !same && "mono")}>
              {same ? "unchanged" : line.after}
            </span>
          </div>
        );
      })}
    </div>
  );
}
