import { useSyncExternalStore } from "react";

let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The time now, moving once a second; one timer for the whole window. For the smallest component that shows it. */
export const useNow = () => useSyncExternalStore(subscribe, () => now);

const MINUTE = 60_000;

/** The time at the last full minute: for tables of ages, which must not render every second. */
export const useMinute = () => useSyncExternalStore(subscribe, () => Math.floor(now / MINUTE) * MINUTE);
