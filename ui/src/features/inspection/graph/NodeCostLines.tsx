import { useQuery } from "@tanstack/react-query";
import type { Way } from "@/lib/api";
import { EMPTY, formatBytes, formatInteger } from "@/lib/format";
import { sameSource, wayKey } from "@/lib/nodeShares";
import { useSignal } from "@/lib/signal";
import type { InspectSource } from "@/lib/view";
import { chosenDims, costQuery, NO_DIMS } from "../cost/queries";
import { dimsText, shortNumber } from "../cost/words";
import { shareText } from "./boxShares";
import { Part } from "./Part";

/** What one node costs, with the dims that the cost bench counts with. */
export function NodeCostLines({ source, way, node }: { source: InspectSource; way: Way; node: number }) {
  const chosen = useSignal(chosenDims);
  const dims = chosen && sameSource(chosen.source, source) ? chosen.dims : NO_DIMS;
  const cost = useQuery(costQuery(source, dims)).data;
  if (!cost) return null;
  const graph = cost.graphs.findIndex((each) => wayKey(each) === wayKey(way));
  const found = cost.nodes.find((each) => each.graph === graph && each.node === node);
  const of = cost.byGraph[graph];
  const flops = found ? found.flops : (of?.flops[of.nodes.indexOf(node)] ?? null);
  const moved =
    !found || found.bytesRead === null || found.bytesWritten === null ? null : found.bytesRead + found.bytesWritten;
  return (
    <Part title="Cost" note={dimsText(cost.dims)}>
      <dl className="kv" data-testid="node-cost">
        <dt>FLOPs</dt>
        <dd className="tnum selectable" title={flops === null ? undefined : formatInteger(flops)}>
          {flops === null ? (
            <span className="text-warn">unknown{found?.unknown ? `: ${found.unknown}` : ""}</span>
          ) : (
            `${found?.atMost ? "at most " : ""}${shortNumber(flops)}, ${shareText(cost.totals.flops > 0 ? flops / cost.totals.flops : Number.NaN) || EMPTY} of all`
          )}
        </dd>
        {found && (
          <>
            <dt>bytes moved</dt>
            <dd className="tnum">
              {moved === null
                ? "unknown"
                : `${formatBytes(moved)}, read ${formatBytes(found.bytesRead)}, written ${formatBytes(found.bytesWritten)}`}
            </dd>
            {found.parameters > 0 && (
              <>
                <dt>parameters</dt>
                <dd className="tnum">{formatInteger(found.parameters)}</dd>
              </>
            )}
            {(found.times !== 1 || way.length > 0) && (
              <>
                <dt>runs</dt>
                <dd className="tnum">
                  {found.times === 0 ? "none that counts" : `${formatInteger(found.times)} times`}
                </dd>
              </>
            )}
          </>
        )}
      </dl>
    </Part>
  );
}
