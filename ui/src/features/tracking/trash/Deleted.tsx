import { useMinute } from "@/lib/clock";
import { formatAgo, formatTime } from "@/lib/format";

/** When, and by whom. */
export function Deleted({ atMs, by }: { atMs: number | null; by: string | null }) {
  const now = useMinute();
  if (atMs === null) return <span className="text-fg-3">not recorded</span>;
  return (
    <span title={formatTime(atMs)}>
      {formatAgo(atMs, Math.max(now, atMs))}
      {by && <span className="text-fg-3"> by {by}</span>}
    </span>
  );
}
