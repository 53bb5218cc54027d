import { useQuery, useQueryClient } from "@tanstack/react-query";
import { RotateCw, Workflow } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/Button";
import { CardHead } from "@/components/Card";
import { ErrorLine } from "@/components/ErrorLine";
import { ErrorState } from "@/components/ErrorState";
import { IconButton } from "@/components/IconButton";
import { Skeleton } from "@/components/Skeleton";
import { api, type ModelCost } from "@/lib/api";
import { formatInteger, formatTime, plural } from "@/lib/format";
import { nodeShares, sameSource } from "@/lib/nodeShares";
import { useSignal } from "@/lib/signal";
import { newTaskId } from "@/lib/task";
import { type InspectSource, useLabTab } from "@/lib/view";
import { DimFields } from "./DimFields";
import { NodeCosts } from "./NodeCosts";
import { OpShares } from "./OpShares";
import { ceilingQuery, chosenDims, costQuery, NO_DIMS } from "./queries";
import { Roofline } from "./Roofline";
import { Tiles } from "./Tiles";
import { flopShares, originText, shortNumber } from "./words";

/** What the model costs, from the shapes of its tensors: counted, not measured. */
export function CostBench({ source }: { source: InspectSource }) {
  const chosen = useSignal(chosenDims);
  const dims = chosen && sameSource(chosen.source, source) ? chosen.dims : NO_DIMS;
  const cost = useQuery(costQuery(source, dims));
  const [, setTab] = useLabTab();
  if (cost.isError && !cost.data)
    return (
      <ErrorState
        error={cost.error}
        title="The cost could not be counted"
        safe="Nothing was run and nothing was changed"
        onRetry={() => void cost.refetch()}
      />
    );
  if (!cost.data) return <Skeleton rows={16} />;
  const found = cost.data;
  const show = () => {
    nodeShares.set(flopShares(source, found));
    setTab("graph");
  };
  return (
    <div className="flex h-full min-h-0 flex-col" data-testid="cost-bench" aria-busy={cost.isFetching}>
      <div className="flex h-10 flex-none items-center gap-4 border-line border-b px-4">
        <span className="text-fg-2">Count with</span>
        <DimFields dims={found.dims} onChange={(next) => chosenDims.set({ source, dims: next })} />
        <span className="ml-auto truncate text-fg-3 text-label" title={found.shapes.problem ?? undefined}>
          counted, not measured; {originText(found.shapes)}
        </span>
        <Button icon={Workflow} onClick={show}>
          Show on the graph
        </Button>
      </div>
      {cost.isError && <ErrorLine title="These dims could not be counted with" error={cost.error} />}
      {found.shapes.problem && (
        <p className="flex-none border-line-2 border-b bg-warn-weak px-4 py-1.5 text-fg-2" data-testid="cost-problem">
          Without the runtime's shapes more is unknown: {found.shapes.problem}
        </p>
      )}
      <Figures cost={found} />
    </div>
  );
}

function Figures({ cost }: { cost: ModelCost }) {
  const ceiling = useQuery(ceilingQuery());
  const listed = cost.nodes.length;
  return (
    <>
      <div className="grid flex-none grid-cols-[minmax(0,1.1fr)_minmax(0,1fr)_minmax(0,1fr)] divide-x divide-line-2 border-line border-b bg-panel">
        <Tiles cost={cost} />
        <section className="min-w-0">
          <header className="flex h-9 items-center justify-between gap-3 px-4">
            <h4 className="font-semibold">FLOPs by operator</h4>
            <span className="text-fg-3 text-label">nodes, FLOPs, share</span>
          </header>
          <OpShares cost={cost} />
        </section>
        <section className="min-w-0">
          <Ceiling cost={cost} ceiling={ceiling} />
        </section>
      </div>
      <CardHead
        title="Nodes"
        sub={
          listed < cost.nodeCount
            ? `${formatInteger(listed)} of ${plural(cost.nodeCount, "node")}, dearest first`
            : `${plural(listed, "node")}, dearest first`
        }
        height={32}
      />
      <NodeCosts cost={cost} ceiling={ceiling.data} />
    </>
  );
}

type CeilingProps = { cost: ModelCost; ceiling: ReturnType<typeof useCeiling> };
const useCeiling = () => useQuery(ceilingQuery());

function Ceiling({ cost, ceiling }: CeilingProps) {
  const client = useQueryClient();
  const [measuring, setMeasuring] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const again = async () => {
    setMeasuring(true);
    setError(null);
    try {
      client.setQueryData(ceilingQuery().queryKey, await api.machineCeiling(true, newTaskId("ceiling")));
    } catch (failure) {
      setError(failure);
    } finally {
      setMeasuring(false);
    }
  };
  const found = ceiling.data;
  const failure = error ?? (found ? null : ceiling.error);
  return (
    <>
      <header className="flex h-9 items-center justify-between gap-3 px-4">
        <h4 className="flex-none font-semibold">Roofline, this machine</h4>
        <span className="flex min-w-0 items-center gap-1.5">
          {found && (
            <span
              className="truncate text-fg-3 text-label"
              title={`${found.fingerprint.cpu}, ${plural(found.fingerprint.cores, "core")}, ${shortNumber(found.bytesPerS)}B/s, measured ${formatTime(found.measuredAtMs)}`}
            >
              memory bound below {found.ridgeFlopsPerByte.toFixed(1)} FLOP/B
            </span>
          )}
          <IconButton
            icon={RotateCw}
            label="Measure this machine again, about a second"
            onClick={() => void again()}
            disabled={measuring}
          />
        </span>
      </header>
      <div className="px-3 pb-2">
        {failure ? (
          <ErrorLine title="This machine could not be measured" error={failure} />
        ) : found ? (
          <>
            <Roofline cost={cost} ceiling={found} />
            <p className="tnum truncate px-1 text-fg-3 text-label">
              GFLOP/s over FLOPs a byte; {shortNumber(found.bytesPerS)}B/s copied, measured{" "}
              {formatTime(found.measuredAtMs)}
            </p>
          </>
        ) : (
          <Skeleton rows={6} />
        )}
      </div>
    </>
  );
}
