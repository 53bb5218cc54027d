import { Fragment } from "react";
import type { ModelCost, OpCost } from "@/lib/api";
import { formatInteger, plural } from "@/lib/format";
import { shareText } from "../graph/boxShares";
import { OP_INKS, opInks, shortNumber } from "./words";

/** Operations by operator: one bar, and what stands in it. */
export function OpShares({ cost }: { cost: ModelCost }) {
  const total = cost.totals.flops;
  const inks = opInks(cost);
  const shown = cost.ops.filter((op) => op.flops > 0).slice(0, OP_INKS.length);
  const rest = cost.ops.filter((op) => op.flops > 0).slice(OP_INKS.length);
  const none = cost.ops.filter((op) => op.flops === 0 && op.unknown === 0);
  const unknown = cost.ops.filter((op) => op.unknown > 0);
  const of = (ops: readonly OpCost[], what: (op: OpCost) => number) => ops.reduce((sum, op) => sum + what(op), 0);
  if (total === 0) return <p className="px-4 text-fg-2">No operation is known, so there are no shares.</p>;
  return (
    <div className="flex flex-col gap-2 px-4 pb-3">
      <div className="flex h-2 gap-px overflow-hidden rounded-[2px] bg-hover" role="img" aria-label="FLOPs by operator">
        {shown.map((op) => (
          <i
            key={`${op.domain} ${op.op}`}
            title={`${op.op}: ${shareText(op.flops / total)}`}
            style={{ width: `${(op.flops / total) * 100}%`, background: inks.get(`${op.domain} ${op.op}`) }}
          />
        ))}
        {rest.length > 0 && (
          <i style={{ width: `${(of(rest, (op) => op.flops) / total) * 100}%`, background: "var(--outline)" }} />
        )}
      </div>
      <ul className="tnum grid grid-cols-[8px_minmax(0,1fr)_56px_64px_48px] items-center gap-x-2 gap-y-1">
        {shown.map((op) => (
          <Fragment key={`${op.domain} ${op.op}`}>
            <Row
              ink={inks.get(`${op.domain} ${op.op}`) ?? "var(--outline)"}
              name={op.op}
              count={op.count}
              flops={op.flops}
              share={op.flops / total}
            />
          </Fragment>
        ))}
        {rest.length > 0 && (
          <Row
            ink="var(--outline)"
            name={`other, ${plural(rest.length, "operator")}`}
            count={of(rest, (op) => op.count)}
            flops={of(rest, (op) => op.flops)}
            share={of(rest, (op) => op.flops) / total}
          />
        )}
      </ul>
      {none.length > 0 && (
        <p className="truncate text-fg-3 text-label" title={none.map((op) => op.op).join(", ")}>
          {plural(
            of(none, (op) => op.count),
            "node",
          )}{" "}
          only move data: {none.map((op) => op.op).join(", ")}
        </p>
      )}
      {unknown.length > 0 && (
        <p className="truncate text-label text-warn" title={unknown.map((op) => op.op).join(", ")}>
          Not known: {unknown.map((op) => `${op.op} (${formatInteger(op.unknown)})`).join(", ")}
        </p>
      )}
    </div>
  );
}

type RowProps = { ink: string; name: string; count: number; flops: number; share: number };

function Row({ ink, name, count, flops, share }: RowProps) {
  return (
    <li className="contents">
      <i className="h-2 w-2 rounded-[2px]" style={{ background: ink }} />
      <span className="selectable truncate" title={name}>
        {name}
      </span>
      <span className="num text-fg-3">{formatInteger(count)}</span>
      <span className="num">{shortNumber(flops)}</span>
      <span className="num text-fg-3">{shareText(share)}</span>
    </li>
  );
}
