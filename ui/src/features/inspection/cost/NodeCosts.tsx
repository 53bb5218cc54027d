import { Chip } from "@/components/Chip";
import type { MachineCeiling, ModelCost, NodeCost } from "@/lib/api";
import { EMPTY, formatBytes, formatDuration, formatInteger, formatNumber } from "@/lib/format";
import { shareText } from "../graph/boxShares";
import { VirtualRows } from "../VirtualRows";
import { domainName } from "../words";
import { leastMs, nodeIntensity } from "./roofline";
import { shortNumber } from "./words";

const COLUMNS = "minmax(0,1.2fr) 150px 190px 84px 72px 84px 76px 76px 84px 96px";

/** Nodes by their share of all operations; the unknown ones say why. */
export function NodeCosts({ cost, ceiling }: { cost: ModelCost; ceiling: MachineCeiling | undefined }) {
  return (
    <VirtualRows
      rows={cost.nodes}
      label="Cost by node"
      columns={COLUMNS}
      rowKey={(node) => `${node.graph} ${node.node}`}
      empty="The model has no node."
      head={
        <>
          <span>Node</span>
          <span>Operator</span>
          <span>Output</span>
          <span className="text-right">FLOPs</span>
          <span className="text-right">Share</span>
          <span className="text-right">Bytes moved</span>
          <span className="text-right">FLOP/B</span>
          <span className="text-right">Parameters</span>
          <span
            className="text-right"
            title="The least time that this machine could take: computing and moving at their best"
          >
            Least time
          </span>
          <span>Bound by</span>
        </>
      }
    >
      {(node) => <Cells node={node} cost={cost} ceiling={ceiling} />}
    </VirtualRows>
  );
}

type CellProps = { node: NodeCost; cost: ModelCost; ceiling: MachineCeiling | undefined };

function Cells({ node, cost, ceiling }: CellProps) {
  const inner = (cost.graphs[node.graph] ?? []).length > 0;
  const at = nodeIntensity(node);
  const moved = node.bytesRead === null || node.bytesWritten === null ? null : node.bytesRead + node.bytesWritten;
  const least = ceiling ? leastMs(node, ceiling) : null;
  return (
    <>
      <span className="mono selectable truncate" title={node.name}>
        {node.name || EMPTY}
      </span>
      <span className="flex min-w-0 items-center gap-1.5">
        <span className="truncate" title={`${domainName(node.domain)} ${node.op}`}>
          {node.op}
        </span>
        {node.holds && <Chip tone="outline">holds</Chip>}
        {inner && !node.holds && <Chip tone="outline">× {formatInteger(node.times)}</Chip>}
      </span>
      <span className="mono truncate text-fg-2" title={node.output}>
        {node.output || <span className="text-fg-3">not known</span>}
      </span>
      {node.flops === null ? (
        <span className="truncate text-right text-warn" title={node.unknown ?? undefined}>
          unknown
        </span>
      ) : (
        <span className="num" title={`${node.atMost ? "at most " : ""}${formatInteger(node.flops)}`}>
          {node.atMost && "≤ "}
          {shortNumber(node.flops)}
        </span>
      )}
      <span className="num text-fg-3">
        {node.flops === null || cost.totals.flops === 0 ? "" : shareText(node.flops / cost.totals.flops)}
      </span>
      <span className="num">{formatBytes(moved)}</span>
      <span className="num text-fg-2">{at === null ? EMPTY : formatNumber(at, at < 10 ? 2 : 1)}</span>
      <span className="num text-fg-2">{node.parameters === 0 ? "" : shortNumber(node.parameters)}</span>
      <span className="num text-fg-2">{least === null ? "" : formatDuration(least)}</span>
      <span className="truncate text-fg-3">
        {at === null || !ceiling || node.flops === 0 ? "" : at < ceiling.ridgeFlopsPerByte ? "memory" : "computing"}
      </span>
    </>
  );
}
