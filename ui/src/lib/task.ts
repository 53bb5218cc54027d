// Long work that the shell does for the page, under a name with which it can be cancelled.
import { useRef } from "react";
import { api } from "./api";

export const newTaskId = (kind: string) => `${kind}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;

/** Work that ends with the question: when nobody waits for its answer any more, it is cancelled. */
export function asked<T>(kind: string, signal: AbortSignal, work: (taskId: string) => Promise<T>): Promise<T> {
  const id = newTaskId(kind);
  signal.addEventListener("abort", () => void api.cancelTask(id), { once: true });
  return work(id);
}

export function useTask() {
  const current = useRef<string | null>(null);

  async function run<T>(kind: string, work: (taskId: string) => Promise<T>): Promise<T> {
    const id = newTaskId(kind);
    current.current = id;
    try {
      return await work(id);
    } finally {
      if (current.current === id) current.current = null;
    }
  }

  const cancel = () => {
    if (current.current) void api.cancelTask(current.current);
  };
  return { run, cancel };
}
