import type { Activity } from "@/lib/api";
import { agentName } from "./server";

/** What ends, in sentences; empty when nothing does. */
export function endings({ endpoints, tasks, client }: Activity): string[] {
  const lines: string[] = [];
  if (endpoints.length > 0)
    lines.push(
      `${endpoints.join(", ")} ${endpoints.length === 1 ? "stops" : "stop"} answering until this workspace is open again.`,
    );
  lines.push(...tasks.map((task) => `${task} is cancelled.`));
  if (client) lines.push(`${agentName(client)} logged within the last minute; its next call is refused.`);
  return lines;
}

export function Endings({ lines }: { lines: readonly string[] }) {
  return (
    <ul className="mt-1.5 flex list-disc flex-col gap-1 pl-4 text-fg-2">
      {lines.map((each) => (
        <li key={each} className="selectable break-words">
          {each}
        </li>
      ))}
    </ul>
  );
}
