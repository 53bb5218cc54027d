import type { ModelReport } from "@/lib/api";
import { formatInteger } from "@/lib/format";
import { domainName } from "./words";

/** How often each operator occurs; the bar is its share of all nodes. */
export function OpList({ ops, total }: { ops: ModelReport["ops"]; total: number }) {
  const sorted = [...ops].sort((a, b) => b.count - a.count || a.op.localeCompare(b.op));
  const most = sorted[0]?.count ?? 1;
  return (
    <ul data-testid="op-list">
      {sorted.map((op) => (
        <li
          key={`${op.domain} ${op.op}`}
          data-testid="op-row"
          className="grid h-6 grid-cols-[minmax(0,1fr)_96px_44px_44px] items-center gap-x-3"
        >
          <span className="selectable truncate" title={`${domainName(op.domain)} ${op.op}`}>
            {op.op}
            {domainName(op.domain) !== "ai.onnx" && <span className="text-fg-3 text-label"> {op.domain}</span>}
          </span>
          <span className="h-1.5 overflow-hidden rounded-[2px] bg-hover">
            <i className="block h-full bg-accent opacity-75" style={{ width: `${(op.count / most) * 100}%` }} />
          </span>
          <span className="num">{formatInteger(op.count)}</span>
          <span className="num text-fg-3">{share(op.count, total)}</span>
        </li>
      ))}
    </ul>
  );
}

function share(count: number, total: number): string {
  const percent = total > 0 ? (count / total) * 100 : 0;
  return percent > 0 && percent < 1 ? "< 1 %" : `${Math.round(percent)} %`;
}
