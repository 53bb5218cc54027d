import { CircleSlash } from "lucide-react";
import { Status, type StatusTone } from "@/components";
import type { Run, RunStatus } from "@/lib/api";
import { useNow } from "@/lib/clock";
import { formatDuration } from "@/lib/format";

export const RUN_STATUS: Record<RunStatus, { tone: StatusTone; word: string }> = {
  RUNNING: { tone: "live", word: "Running" },
  SCHEDULED: { tone: "idle", word: "Scheduled" },
  FINISHED: { tone: "ok", word: "Finished" },
  FAILED: { tone: "bad", word: "Failed" },
  KILLED: { tone: "idle", word: "Killed" },
};

export function RunStatusIcon({ status, iconOnly = true }: { status: RunStatus; iconOnly?: boolean }) {
  const { tone, word } = RUN_STATUS[status];
  return (
    <Status tone={tone} iconOnly={iconOnly} {...(status === "KILLED" ? { icon: CircleSlash } : {})}>
      {word}
    </Status>
  );
}

/** How long a run took, or has been running. */
export function RunTime({ run }: { run: Run }) {
  return run.endedAtMs === null && run.status === "RUNNING" ? (
    <LiveTime since={run.startedAtMs} />
  ) : (
    formatDuration(run.endedAtMs === null ? null : run.endedAtMs - run.startedAtMs)
  );
}

function LiveTime({ since }: { since: number }) {
  const now = useNow();
  return <span className="text-accent">{formatDuration(Math.max(0, Math.floor((now - since) / 1000) * 1000))}</span>;
}
