import { Card, CardHead } from "@/components/Card";
import { Status } from "@/components/Status";
import type { ProfileReport } from "@/lib/api";
import { formatInteger, plural } from "@/lib/format";
import { formatUs, providerName } from "./words";

/** Which provider was given which node, as the runtime tells after loading; what was asked for proves nothing. */
export function PlacementCard({ report }: { report: ProfileReport }) {
  const { provider, fallbacks, fallbackOps, copies, copiesMeanUs } = report.placement;
  const total = provider.placements.reduce((sum, placement) => sum + placement.nodes, 0);
  return (
    <Card data-testid="profile-placement" className="flex-none">
      <CardHead title="Where nodes really ran">
        <span title="As the runtime shared the graph out, before its last fusions">
          {plural(total, "node")} before fusing
        </span>
      </CardHead>
      <Line label={`Asked for ${provider.requested.map(providerName).join(", then ")}`}>
        {provider.fellBackToCpu ? <Status tone="warn">Fell back to CPU</Status> : <Status tone="ok">As asked</Status>}
      </Line>
      {provider.placements.map((placement) => (
        <div
          key={placement.provider}
          className="tnum grid h-7 grid-cols-[64px_minmax(0,1fr)_auto] items-center gap-x-3 border-line-2 border-b px-3"
        >
          <span className="truncate font-medium">{providerName(placement.provider)}</span>
          <span className="h-1.5 overflow-hidden rounded-[2px] bg-hover">
            <i
              className="block h-full bg-fg-2"
              style={{ width: total > 0 ? `${(placement.nodes / total) * 100}%` : 0 }}
            />
          </span>
          <span>
            {formatInteger(placement.nodes)} of {formatInteger(total)}
          </span>
        </div>
      ))}
      <Line label="Copies between devices">
        {copies.length === 0 ? "none" : `${formatInteger(copies.length)}, ${formatUs(copiesMeanUs)} a run`}
      </Line>
      {fallbacks.length > 0 && (
        <div className="max-h-32 overflow-y-auto px-3 py-1.5">
          <p className="text-fg-2">
            {plural(fallbacks.length, "node")} left to the CPU: {fallbackOps.join(", ")}
          </p>
          {fallbacks.map((node) => (
            <p key={`${node.name} ${node.op}`} className="mono truncate text-fg-3" title={node.name}>
              {node.op} {node.name}
            </p>
          ))}
        </div>
      )}
    </Card>
  );
}

export function Line({ label, title, children }: { label: string; title?: string; children: React.ReactNode }) {
  return (
    <div
      className="tnum flex h-7 items-center justify-between gap-3 border-line-2 border-b px-3 last:border-b-0"
      title={title}
    >
      <span className="truncate text-fg-2">{label}</span>
      <span className="flex-none">{children}</span>
    </div>
  );
}
