import { RefreshCw, Unplug } from "lucide-react";
import { Button } from "@/components";
import { api } from "@/lib/api";
import { useNow } from "@/lib/clock";
import { useConnection } from "@/lib/connection";
import { formatClock } from "@/lib/format";

/** While the team's database cannot be reached: how old is what is shown, and when it is tried again. */
export function ConnectionBar() {
  const connection = useConnection();
  if (connection.state !== "lost") return null;
  return (
    <div
      role="status"
      data-testid="connection-bar"
      className="flex h-7 flex-none items-center gap-2 border-line border-b bg-warn-weak px-3"
    >
      <Unplug size={14} className="flex-none text-warn" aria-hidden />
      <b className="whitespace-nowrap font-medium">Connection lost</b>
      <span className="tnum min-w-0 truncate text-fg-2" title={connection.problem ?? undefined}>
        as of {formatClock(connection.answeredAtMs)}, <Retry atMs={connection.retryAtMs} />. What you see is kept;
        nothing can be changed until it is back.
      </span>
      <Button
        icon={RefreshCw}
        className="ml-auto"
        data-testid="connection-retry"
        onClick={() => void api.retryConnection()}
      >
        Try now
      </Button>
    </div>
  );
}

function Retry({ atMs }: { atMs: number }) {
  const seconds = Math.round((atMs - useNow()) / 1000);
  return seconds > 1 ? `reconnecting in ${seconds} s` : "reconnecting";
}
