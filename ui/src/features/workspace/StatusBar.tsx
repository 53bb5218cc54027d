import { useQuery } from "@tanstack/react-query";
import { Cpu, Database, Unplug } from "lucide-react";
import type { ReactNode } from "react";
import { Status, Tooltip, toast } from "@/components";
import type { RuntimeStatus } from "@/lib/api";
import { copyText } from "@/lib/clipboard";
import { useNow } from "@/lib/clock";
import { useConnection } from "@/lib/connection";
import { openRuntime, openWorkspaces } from "@/lib/desk";
import { formatBytes, formatClock, plural } from "@/lib/format";
import { experimentsQuery, workspaceQuery } from "@/lib/queries";
import { openTab } from "@/lib/view";
import { workersQuery } from "./queries";
import { portNote } from "./server";
import { workerDetails, workerWords } from "./worker";

const copied = async (title: string, text: string) => {
  if (await copyText(text)) toast.ok({ title, detail: text });
};

/** 22 px of facts: where to log, where it is kept, what runs now, on what. */
export function StatusBar() {
  const { data: workspace } = useQuery(workspaceQuery());
  const { data: experiments } = useQuery(experimentsQuery());
  const runs = experiments?.reduce((sum, each) => sum + each.runCount, 0) ?? 0;
  const live = experiments?.reduce((sum, each) => sum + each.liveRunCount, 0) ?? 0;
  const note = workspace && portNote(workspace.server);
  const lost = useConnection().state === "lost";
  return (
    <footer
      data-testid="status-bar"
      className="flex h-[22px] flex-none items-center border-line border-t bg-panel text-fg-2 text-label"
    >
      {workspace && (
        <>
          <Item
            hint={workspace.server.problem ?? "Copy tracking URI"}
            onClick={() => void copied("Tracking URI copied", workspace.server.address)}
            testId="status-tracking"
          >
            <Status tone={workspace.server.running ? (note || lost ? "warn" : "ok") : "bad"}>
              <span className="mono">{workspace.server.address}</span>
            </Status>
            {note && <span className="text-warn">{note}</span>}
          </Item>
          <Item
            hint={workspace.kind === "team" ? "Manage workspaces" : `Copy data folder: ${workspace.dataDir}`}
            onClick={() =>
              workspace.kind === "team" ? openWorkspaces() : void copied("Data folder copied", workspace.dataDir)
            }
            testId="status-store"
          >
            {lost ? <Unplug size={12} className="text-warn" aria-hidden /> : <Database size={12} aria-hidden />}
            <span className="tnum">
              {workspace.storeEngine}
              {workspace.storeBytes !== null && ` · ${formatBytes(workspace.storeBytes)}`}
              {lost && " · connection lost"}
            </span>
          </Item>
        </>
      )}
      {experiments && (
        <Item hint="Open Training" onClick={() => openTab("training")} testId="status-runs">
          {live > 0 ? (
            <Status tone="live">{plural(live, "run")} live</Status>
          ) : runs > 0 ? (
            plural(runs, "run")
          ) : (
            "No runs yet"
          )}
        </Item>
      )}
      <span className="flex-1" />
      <Worker />
      {workspace && <Runtime runtime={workspace.runtime} />}
      <Clock />
    </footer>
  );
}

type ItemProps = { hint: ReactNode; onClick: () => void; testId: string; end?: boolean; children: ReactNode };

function Item({ hint, onClick, testId, end = false, children }: ItemProps) {
  return (
    <Tooltip text={hint} side="top">
      <button
        type="button"
        data-testid={testId}
        onClick={onClick}
        className={`flex h-[21px] items-center gap-[5px] whitespace-nowrap px-2.5 hover:bg-hover hover:text-fg focus-visible:-outline-offset-1 ${end ? "border-line-2 border-l" : "border-line-2 border-r"}`}
      >
        {children}
      </button>
    </Tooltip>
  );
}

const providerName = (provider: string) => provider.replace(/ExecutionProvider$/, "");

function Runtime({ runtime }: { runtime: RuntimeStatus }) {
  const { fingerprint } = runtime;
  // What a library was built with says nothing about this machine; models run on the CPU until one is loaded elsewhere.
  const built = runtime.providers.map(providerName).join(", ");
  const machine = `${fingerprint.cpu}, ${fingerprint.cores} cores, ${formatBytes(fingerprint.memoryBytes)}, ${fingerprint.os}${built && `; library built for ${built}`}`;
  return (
    <>
      <Item
        end
        testId="status-runtime"
        hint={runtime.problem ?? runtime.libraryPath ?? "Choose the runtime"}
        onClick={openRuntime}
      >
        {runtime.available ? `ONNX Runtime ${runtime.version ?? ""}` : <Status tone="warn">No ONNX Runtime</Status>}
      </Item>
      <Item end testId="status-machine" hint={machine} onClick={() => void copied("Machine copied", machine)}>
        <Cpu size={12} aria-hidden />
        {runtime.available ? "CPU" : "no provider"}
      </Item>
    </>
  );
}

/** The processes that run models for the lab, once there was one: what they hold, and what speaking to one costs. */
function Worker() {
  const { data: status } = useQuery(workersQuery());
  if (!status?.started) return null;
  const details = workerDetails(status.started);
  return (
    <Item end testId="status-worker" hint={details[0]} onClick={() => void copied("Worker copied", details.join("\n"))}>
      {status.busy > 0 ? <Status tone="live">{workerWords(status)}</Status> : workerWords(status)}
    </Item>
  );
}

function Clock() {
  const now = useNow();
  return <span className="tnum border-line-2 border-l px-2.5 leading-[21px]">{formatClock(now)}</span>;
}
