import { useSyncExternalStore } from "react";

/** A value that many components follow without their parent rendering: a hovered run, a crosshair. */
export function signal<T>(initial: T) {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next: T) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of listeners) listener();
    },
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

export type Signal<T> = ReturnType<typeof signal<T>>;

export const useSignal = <T>(source: Signal<T>): T => useSyncExternalStore(source.subscribe, source.get);

/** Whether the signal has this value: of a hundred rows, only the two that change render. */
export const useSignalIs = <T>(source: Signal<T>, value: T): boolean =>
  useSyncExternalStore(source.subscribe, () => Object.is(source.get(), value));
