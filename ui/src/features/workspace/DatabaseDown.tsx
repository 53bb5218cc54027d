import { ArrowRightLeft, PlugZap, RefreshCw, Unplug } from "lucide-react";
import { Button } from "@/components";
import type { WorkspaceCard } from "@/lib/api";
import { useNow } from "@/lib/clock";
import { openConnect, openWorkspaces } from "@/lib/desk";
import { toDrydockError } from "@/lib/errors";

type Props = {
  workspace: WorkspaceCard;
  error: unknown;
  retryAtMs: number;
  busy: boolean;
  onRetry: () => void;
};

/** A team's database that does not answer at the start is no mistake of the user's: it is said calmly, and waited for. */
export function DatabaseDown({ workspace, error, retryAtMs, busy, onRetry }: Props) {
  const failure = toDrydockError(error);
  const seconds = Math.ceil((retryAtMs - useNow()) / 1000);
  return (
    <main data-testid="workspace-waiting" className="grid min-h-0 flex-1 place-items-center bg-app p-6">
      <div className="flex w-[520px] max-w-full gap-3">
        <Unplug size={16} className="mt-0.5 flex-none text-warn" aria-hidden />
        <div className="min-w-0 flex-1">
          <h2 className="truncate font-semibold text-page">{workspace.name}</h2>
          <p className="selectable mt-1 break-words text-fg-2 first-letter:uppercase">{failure.message}.</p>
          <p className="tnum text-fg-3" role="status">
            {busy || seconds <= 0 ? "Trying again…" : `Next try in ${seconds} s.`} Nothing is lost.
          </p>
          <div className="mt-3 flex flex-wrap gap-2">
            <Button icon={RefreshCw} busy={busy} data-testid="workspace-retry" onClick={onRetry}>
              Retry
            </Button>
            <Button icon={PlugZap} onClick={() => openConnect(workspace.id)}>
              Test the connection
            </Button>
            <Button variant="ghost" icon={ArrowRightLeft} onClick={openWorkspaces}>
              Open another workspace
            </Button>
          </div>
        </div>
      </div>
    </main>
  );
}
