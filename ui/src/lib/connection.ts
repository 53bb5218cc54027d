// How it stands with the database of a team workspace. While it is lost, what was read stays on the screen, and reads
// wait instead of failing.
import type { QueryClient } from "@tanstack/react-query";
import { api, type Connection, type DrydockError, onConnectionChanged } from "./api";
import { signal, useSignal } from "./signal";

const LOCAL: Connection = { state: "local", answeredAtMs: 0, retryAtMs: 0, problem: null };

const connection = signal<Connection>(LOCAL);

export const useConnection = () => useSignal(connection);

/** Asked anew whenever another workspace may be open. */
export async function readConnection(): Promise<void> {
  try {
    connection.set(await api.connectionStatus());
  } catch (error) {
    console.error("the connection's state could not be read", error);
  }
}

export function followConnection(client: QueryClient): () => void {
  void readConnection();
  return onConnectionChanged((now) => {
    const before = connection.get().state;
    connection.set(now);
    if (before === "lost" && now.state === "connected") void client.invalidateQueries();
  });
}

const TRIES_BEFORE_LOST = 4;

/** A read that met an unreachable database is repeated until that is back; the first one has the shell look at once. */
export function shouldRetry(failed: number, error: DrydockError): boolean {
  if (error.kind !== "unavailable" || connection.get().state === "local") return false;
  if (failed === 0) void api.retryConnection().catch(() => {});
  return connection.get().state === "lost" || failed < TRIES_BEFORE_LOST;
}

export const RETRY_MS = 700;

/** For tests. */
export const setConnection = (next: Connection) => connection.set(next);
