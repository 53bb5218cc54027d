import { useQuery } from "@tanstack/react-query";
import { Copy } from "lucide-react";
import { IconButton, Status, toast } from "@/components";
import type { TrackingServer } from "@/lib/api";
import { copyText } from "@/lib/clipboard";
import { useNow } from "@/lib/clock";
import { useConnection } from "@/lib/connection";
import { formatAgo } from "@/lib/format";
import { workspaceQuery } from "@/lib/queries";
import { agentName, portNote } from "./server";

/** The MLflow status indicator: running or stopped, where, and who was last heard. */
export function ServerCard() {
  const { data } = useQuery(workspaceQuery());
  return (
    <section
      data-testid="server-card"
      aria-label="MLflow server"
      className="m-2 min-h-[66px] flex-none rounded-card border border-line bg-raised px-2.5 py-[7px]"
    >
      {data && <Server server={data.server} />}
    </section>
  );
}

function Server({ server }: { server: TrackingServer }) {
  const copy = async () => {
    if (await copyText(server.address)) toast.ok({ title: "Tracking URI copied", detail: server.address });
  };
  const note = portNote(server);
  const lost = useConnection().state === "lost";
  return (
    <>
      <div className="flex items-center">
        <span className="font-medium" data-testid="server-state">
          {server.running && lost ? (
            <Status tone="warn" title="Clients are told to try again until the database is back">
              MLflow server waits
            </Status>
          ) : (
            <Status tone={server.running ? "ok" : "bad"}>MLflow server {server.running ? "running" : "stopped"}</Status>
          )}
        </span>
        <IconButton
          icon={Copy}
          iconSize={12}
          label="Copy tracking URI"
          onClick={() => void copy()}
          className="-my-1 -mr-1.5 ml-auto"
        />
      </div>
      <div className="mono selectable truncate text-fg-2 leading-[18px]" data-testid="server-address">
        {server.address}
      </div>
      {server.problem ? (
        <div className="selectable text-bad text-label">{server.problem}</div>
      ) : (
        <div className="truncate text-fg-3 text-label" title={server.lastClient?.agent}>
          <LastClient server={server} />
        </div>
      )}
      {note && <div className="text-label text-warn">{note}</div>}
    </>
  );
}

function LastClient({ server: { lastClient, startedAtMs } }: { server: TrackingServer }) {
  const now = useNow();
  return lastClient
    ? `last client ${formatAgo(lastClient.atMs, now)} · ${agentName(lastClient.agent)}`
    : `no client seen yet · started ${formatAgo(startedAtMs, now)}`;
}
