import { Card, CardHead } from "@/components/Card";
import type { ProfileReport } from "@/lib/api";
import { plural } from "@/lib/format";
import { formatUs, shareText } from "./words";

const SHOWN_MAX = 8;

/** Time by operator, most first; what no node accounts for is a bar of its own. */
export function OpBars({ report }: { report: ProfileReport }) {
  const shown = report.ops.slice(0, SHOWN_MAX);
  const others = report.ops.slice(SHOWN_MAX);
  const sum = (of: (op: (typeof others)[number]) => number) => others.reduce((total, op) => total + of(op), 0);
  const most = Math.max(...report.ops.map((op) => op.share), report.outsideShare, Number.EPSILON);
  return (
    <Card data-testid="profile-ops" className="flex-none">
      <CardHead title="Time by op" sub="own time, mean of a run">
        {plural(report.ops.length, "op")}
      </CardHead>
      <div className="py-1">
        {shown.map((op) => (
          <Bar
            key={op.op}
            name={op.op}
            count={op.nodes}
            us={op.totalUs / report.runs}
            share={op.share}
            part={op.share / most}
            ink="bg-run-1"
          />
        ))}
        {others.length > 0 && (
          <Bar
            name={`${others.length} other ops`}
            count={sum((op) => op.nodes)}
            us={sum((op) => op.totalUs) / report.runs}
            share={sum((op) => op.share)}
            part={sum((op) => op.share) / most}
            ink="bg-run-1 opacity-60"
          />
        )}
        <Bar
          name="Outside of nodes"
          title="The session's own work between and around nodes, and what the runtime's clock of whole microseconds cuts off each node"
          us={report.outsideMeanUs}
          share={report.outsideShare}
          part={report.outsideShare / most}
          ink="bg-outline"
        />
      </div>
    </Card>
  );
}

type BarProps = { name: string; title?: string; count?: number; us: number; share: number; part: number; ink: string };

function Bar({ name, title, count, us, share, part, ink }: BarProps) {
  return (
    <div
      data-testid="op-bar"
      title={title ?? (count === undefined ? undefined : `${name}: ${plural(count, "node")}`)}
      className="tnum grid h-6 grid-cols-[112px_minmax(0,1fr)_56px_48px] items-center gap-x-2 px-3"
    >
      <span className={`truncate ${count === undefined ? "text-fg-2" : "font-medium"}`}>{name}</span>
      <span className="h-1.5 overflow-hidden rounded-[2px] bg-hover">
        <i className={`block h-full ${ink}`} style={{ width: `${part * 100}%` }} />
      </span>
      <span className="text-right text-fg-2">{formatUs(us)}</span>
      <span className="text-right">{shareText(share)}</span>
    </div>
  );
}
