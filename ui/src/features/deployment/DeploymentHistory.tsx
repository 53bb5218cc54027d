import { useQuery } from "@tanstack/react-query";
import { CircleStop, Undo2 } from "lucide-react";
import { Card, CardHead } from "@/components/Card";
import { ErrorState } from "@/components/ErrorState";
import { Skeleton } from "@/components/Skeleton";
import { Status } from "@/components/Status";
import { Table, Td, Th, Tr } from "@/components/Table";
import type { Deployment } from "@/lib/api";
import { useNow } from "@/lib/clock";
import { formatAgo, formatDuration, formatTime, shortDigest } from "@/lib/format";
import { openModel } from "@/lib/view";
import { deploymentsQuery } from "./queries";

const SHOWN_MAX = 200;

/** Everything that was deployed, refused or taken back, newest first. */
export function DeploymentHistory() {
  const deployments = useQuery(deploymentsQuery());
  const all = deployments.data ?? [];
  const shown = all.slice(0, SHOWN_MAX);
  return (
    <section aria-label="Recent deployments" className="flex min-h-0 flex-col p-3 pt-2">
      <Card className="flex min-h-0 flex-col">
        <CardHead title="Recent deployments" sub="actor, reason and digest are kept for each">
          {all.length > 0 ? `${shown.length} of ${all.length}` : null}
        </CardHead>
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
        <col className="w-14" />
        <col />
        <col className="w-20" />
        <col className="w-19" />
        <col className="w-[44%]" />
      </colgroup>
      <thead className="sticky top-0 z-1 bg-panel">
        <tr>
          <Th edge>Version</Th>
          <Th>Endpoint</Th>
          <Th numeric>When</Th>
          <Th>sha256</Th>
          <Th edge>Outcome</Th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Tr
            key={row.deploymentId}
            data-testid="deployment-row"
            data-outcome={row.outcome}
            onPick={() => openModel(row.modelName, row.version)}
            title={[row.actor, row.reason].filter(Boolean).join(": ")}
            className="[&>td]:h-7 [&>td]:leading-[27px]"
          >
            <Td edge className="mono">
              v{row.version}
            </Td>
            <Td className="text-fg-2">{row.endpoint}</Td>
            <Td numeric className="text-fg-2" title={formatTime(row.atMs)}>
              {formatAgo(row.atMs, now)}
            </Td>
            <Td className="mono text-fg-3" title={row.digest}>
              {shortDigest(row.digest)}
            </Td>
            <Td edge title={row.detail || row.reason}>
              <Outcome row={row} />
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
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
    <>
      <Status tone={tone} icon={icon}>
        {word}
      </Status>
      {row.detail && <span className="text-fg-3">: {row.detail}</span>}
    </>
  );
}
