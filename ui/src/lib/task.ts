// Long work that the shell does for the page, under a name with which it can be cancelled.
import { useRef } from "react";
import { api } from "./api";

export function useTask() {
  const current = useRef<string | null>(null);

  async function run<T>(kind: string, work: (taskId: string) => Promise<T>): Promise<T> {
    const id = `${kind}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
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
