import { Card, CardHead } from "@/components/Card";
import { Status } from "@/components/Status";
import type { ProviderReport } from "@/lib/api";
import { formatInteger, plural } from "@/lib/format";

/** "CPUExecutionProvider" -> "CPU". */
const providerName = (name: string) => name.replace(/ExecutionProvider$/, "");

/** Where the nodes really ran, as the runtime reports it after loading; what was asked for proves nothing. */
export function PlacementCard({ provider }: { provider: ProviderReport }) {
  const total = provider.placements.reduce((sum, placement) => sum + placement.nodes, 0);
  return (
    <Card data-testid="placement">
      <CardHead title="Where nodes really ran" sub="reported by the runtime after load, not by request">
        {plural(total, "node")}
      </CardHead>
      <div className="flex h-7 items-center justify-between border-line-2 border-b px-3">
        <span className="text-fg-2">Asked for {provider.requested.map(providerName).join(", then ")}</span>
        {provider.fellBackToCpu ? <Status tone="warn">Fell back to CPU</Status> : <Status tone="ok">As asked</Status>}
      </div>
      {provider.placements.map((placement) => (
        <div
          key={placement.provider}
          className="grid h-7 grid-cols-[120px_minmax(0,1fr)_96px] items-center gap-x-3 border-line-2 border-b px-3 last:border-b-0"
        >
          <span className="truncate font-medium" title={placement.provider}>
            {providerName(placement.provider)}
          </span>
          <span className="h-1.5 overflow-hidden rounded-[2px] bg-hover">
            <i
              className="block h-full bg-fg-2"
              style={{ width: total > 0 ? `${(placement.nodes / total) * 100}%` : 0 }}
            />
          </span>
          <span className="num">
            {formatInteger(placement.nodes)} of {formatInteger(total)}
          </span>
        </div>
      ))}
    </Card>
  );
}
