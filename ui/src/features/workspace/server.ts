import type { TrackingServer } from "@/lib/api";

/** "mlflow-python-client/3.17.0" -> "mlflow 3.17.0"; anything else as it came. */
export function agentName(agent: string): string {
  const match = /^mlflow-python-client\/(\S+)/.exec(agent);
  return match ? `mlflow ${match[1]}` : agent.split(" ")[0] || "unknown client";
}

export function portOf(address: string): number | null {
  const port = /:(\d+)\/?$/.exec(address)?.[1];
  return port === undefined ? null : Number(port);
}

/** Says who holds the wanted port when the server had to take another. */
export function portNote(server: TrackingServer): string | null {
  const port = portOf(server.address);
  if (!server.running || port === null || port === server.requestedPort) return null;
  return `Port ${server.requestedPort} is held by ${server.portHolder ?? "another process"}`;
}
