import type { ReactNode } from "react";
import { Status } from "@/components/Status";
import type { ModelDiff } from "@/lib/api";
import { formatBytes, formatDelta, formatInteger } from "@/lib/format";

/** What changed, in six figures. */
export function DiffSummary({ diff }: { diff: ModelDiff }) {
  const breaking = diff.ports.filter((port) => port.breaking).length;
  const { left, right } = diff;
  return (
    <dl
      className="grid flex-none grid-cols-[repeat(6,minmax(0,1fr))] gap-4 border-line border-b px-4 py-2.5"
      data-testid="diff-summary"
    >
      <Figure
        label="Signature"
        value={
          diff.ports.length === 0 ? (
            <Status tone="ok">same</Status>
          ) : breaking > 0 ? (
            <Status tone="bad">{breaking} breaking</Status>
          ) : (
            <Status tone="warn">{diff.ports.length} changed</Status>
          )
        }
        note={diff.ports.length > breaking && breaking > 0 ? `${diff.ports.length} changed in all` : ""}
      />
      <Figure
        label="Nodes"
        value={counts(diff.nodesAdded, diff.nodesRemoved, diff.nodesChanged)}
        note={same(diff.nodesSame, diff.nodesRenamed)}
      />
      <Figure
        label="Weights"
        value={counts(diff.weightsAdded, diff.weightsRemoved, diff.weightsChanged)}
        note={same(diff.weightsSame, diff.weightsRenamed)}
      />
      <Figure
        label="Parameters"
        value={formatInteger(right.parameterCount)}
        note={from(formatInteger(left.parameterCount), right.parameterCount - left.parameterCount)}
      />
      <Figure
        label="File size"
        value={formatBytes(right.sizeBytes)}
        note={left.sizeBytes === right.sizeBytes ? "unchanged" : `from ${formatBytes(left.sizeBytes)}`}
      />
      <Figure
        label="Operators"
        value={opText(diff)}
        note={`${formatInteger(left.nodeCount)} → ${formatInteger(right.nodeCount)} nodes`}
      />
    </dl>
  );
}

type FigureProps = { label: string; value: ReactNode; note: string };

function Figure({ label, value, note }: FigureProps) {
  return (
    <div className="min-w-0">
      <dt className="text-fg-3 text-label">{label}</dt>
      <dd className="tnum truncate font-semibold text-head">{value}</dd>
      <dd className="tnum truncate text-fg-3 text-label" title={note}>
        {note}
      </dd>
    </div>
  );
}

function counts(added: number, removed: number, changed: number): string {
  if (added + removed + changed === 0) return "same";
  return `+${formatInteger(added)}  −${formatInteger(removed)}  ~${formatInteger(changed)}`;
}

const same = (count: number, renamed: number) =>
  `${formatInteger(count)} same${renamed > 0 ? `, ${formatInteger(renamed)} renamed` : ""}`;

const from = (left: string, delta: number) => (delta === 0 ? "unchanged" : `from ${left}, ${formatDelta(delta, 0)}`);

function opText(diff: ModelDiff): string {
  const [first, second] = diff.ops;
  const text = (op: { op: string; left: number; right: number } | undefined) =>
    op ? `${op.op} ${formatDelta(op.right - op.left, 0)}` : "";
  return [text(first), text(second)].filter(Boolean).join(", ") || "same";
}
