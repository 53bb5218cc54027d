import { useQuery } from "@tanstack/react-query";
import { CircleStop, History as HistoryIcon, Undo2 } from "lucide-react";
import type { ReactNode } from "react";
import { Card } from "@/components/Card";
import { ErrorState } from "@/components/ErrorState";
import { Skeleton } from "@/components/Skeleton";
import { Status } from "@/components/Status";
import { Table, Td, Th, Tr } from "@/components/Table";
import type { Deployment } from "@/lib/api";
import { useNow } from "@/lib/clock";
import { formatAge, formatDuration, formatTime, shortDigest } from "@/lib/format";
import { openModel } from "@/lib/view";
import { deploymentsQuery } from "./queries";

const SHOWN_MAX = 200;

/** Everything that was deployed, refused or taken back, newest first. */
export function DeploymentHistory() {
  const deployments = useQuery(deploymentsQuery());
  const all = deployments.data ?? [];
  const shown = all.slice(0, SHOWN_MAX);
  return (
    <section aria-label="Recent deployments" className="flex min-h-0 flex-col px-3 pb-3">
      <header className="flex h-10 flex-none items-center gap-2">
        <HistoryIcon size={14} className="text-fg-3" aria-hidden />
        <h3 className="flex-none font-semibold text-head">Recent deployments</h3>
        <span className="truncate text-fg-3 text-label">actor, reason and digest are kept for each</span>
        {all.length > 0 && (
          <span className="tnum ml-auto whitespace-nowrap text-fg-3 text-label">
            {shown.length} of {all.length}
          </span>
        )}
      </header>
      <Card className="flex min-h-0 flex-col">
        {deployments.isError && !deployments.data ? (
          <ErrorState
            inline
            title="Deployments could not be read"
            error={deployments.error}
            onRetry={() => void deployments.refetch()}
          />
        ) : deployments.isPending ? (
          <Skeleton rows={5} rowHeight={28} />
        ) : shown.length === 0 ? (
          <p className="p-3 text-fg-2">
            No deployment yet. A refused one is recorded here as well, with the gate that failed.
          </p>
        ) : (
          <div className="min-h-0 overflow-y-auto">
            <DeploymentTable rows={shown} />
          </div>
        )}
      </Card>
    </section>
  );
}

function DeploymentTable({ rows }: { rows: readonly Deployment[] }) {
  const now = useNow();
  return (
    <Table aria-label="Recent deployments">
      <colgroup>
        <col className="w-20" />
        <col />
        <col className="w-[42%]" />
        <col className="w-18" />
      </colgroup>
      <thead className="sticky top-0 z-1 bg-panel">
        <tr>
          <Th edge>Version</Th>
          <Th>Endpoint</Th>
          <Th>Outcome</Th>
          <Th numeric edge>
            Age
          </Th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Tr
            key={row.deploymentId}
            data-testid="deployment-row"
            data-outcome={row.outcome}
            onPick={() => openModel(row.modelName, row.version)}
            className="[&>td]:h-10.5 [&>td]:leading-4"
          >
            <Td edge>
              <Two
                first={<span className="mono font-medium">v{row.version}</span>}
                second={<span className="mono">{shortDigest(row.digest)}</span>}
                title={`sha256 ${row.digest}`}
              />
            </Td>
            <Td>
              <Two first={row.endpoint} second={[row.actor, row.reason].filter(Boolean).join(" · ")} />
            </Td>
            <Td>
              <Two first={<Outcome row={row} />} second={row.detail} />
            </Td>
            <Td numeric edge className="text-fg-3" title={formatTime(row.atMs)}>
              {formatAge(row.atMs, now)}
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  );
}

type TwoProps = { first: ReactNode; second: ReactNode; title?: string };

function Two({ first, second, title }: TwoProps) {
  return (
    <span className="block min-w-0" title={title ?? (typeof second === "string" ? second : undefined)}>
      <span className="block truncate">{first}</span>
      <span className="block truncate text-fg-3 text-label">{second}</span>
    </span>
  );
}

function Outcome({ row }: { row: Deployment }) {
  const took = row.tookMs > 0 ? ` in ${formatDuration(row.tookMs)}` : "";
  const word = {
    live: row.action === "start" ? "Started" : "Live",
    replaced: "Replaced",
    refused: "Refused",
    rolled_back: `Rolled back${took}`,
    stopped: "Stopped",
  }[row.outcome];
  const tone = ({ live: "ok", replaced: "idle", refused: "bad", rolled_back: "warn", stopped: "idle" } as const)[
    row.outcome
  ];
  const icon = row.outcome === "stopped" ? CircleStop : row.outcome === "rolled_back" ? Undo2 : undefined;
  return (
    <Status tone={tone} icon={icon}>
      {word}
    </Status>
  );
}
