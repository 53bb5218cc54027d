import type { WorkerReport, WorkersStatus } from "@/lib/api";
import { formatBytes, plural } from "@/lib/format";

/** `2 workers busy`, `Worker idle · 64.0 MB`, `No worker`. */
export function workerWords({ busy, idle }: WorkersStatus): string {
  if (busy > 0) return `${plural(busy, "worker")} busy`;
  if (idle.length === 0) return "No worker";
  const bytes = idle.reduce((sum, each) => sum + each.residentBytes, 0);
  return `${idle.length === 1 ? "Worker" : plural(idle.length, "worker")} idle · ${formatBytes(bytes)}`;
}

/** What starting and asking one costs, then each of its protections. */
export function workerDetails(started: WorkerReport): string[] {
  const off = started.protections.filter((each) => !each.on).length;
  const held = off === 0 ? "all protections on" : `${plural(off, "protection")} not on`;
  return [
    `Models run in their own process: ready in ${started.startMs.toFixed(0)} ms, pipe overhead p50 ${started.overheadP50Us.toFixed(0)} µs, ${held}`,
    ...started.protections.map((each) => `${each.name}: ${each.on ? "on" : "not on"} (${each.detail})`),
  ];
}
