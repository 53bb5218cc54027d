// View state that outlives the window: one localStorage entry per key, shared by every component that reads it.
import { useCallback, useSyncExternalStore } from "react";

const PREFIX = "drydock.";
const cache = new Map<string, unknown>();
const listeners = new Map<string, Set<() => void>>();

function read<T>(key: string, initial: T): T {
  if (!cache.has(key)) {
    let value: unknown = initial;
    try {
      const stored = localStorage.getItem(PREFIX + key);
      if (stored !== null) value = JSON.parse(stored);
    } catch {
      // unreadable state is no state
    }
    cache.set(key, value);
  }
  return cache.get(key) as T;
}

function write<T>(key: string, value: T): void {
  cache.set(key, value);
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // a full or forbidden store must not break the view
  }
  for (const listener of listeners.get(key) ?? []) listener();
}

function subscribe(key: string, listener: () => void): () => void {
  const set = listeners.get(key) ?? new Set();
  listeners.set(key, set.add(listener));
  return () => set.delete(listener);
}

/** A named piece of persistent state usable outside React too. `initial` must be a stable reference. */
export function persistent<T>(key: string, initial: T) {
  return {
    get: () => read(key, initial),
    set: (next: T | ((previous: T) => T)) =>
      write(key, typeof next === "function" ? (next as (previous: T) => T)(read(key, initial)) : next),
    subscribe: (listener: () => void) => subscribe(key, listener),
  };
}

export type Persistent<T> = ReturnType<typeof persistent<T>>;

export function useValue<T>(store: Persistent<T>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}

/** useState that survives a restart. */
export function usePersistent<T>(key: string, initial: T): [T, (next: T | ((previous: T) => T)) => void] {
  const value = useSyncExternalStore(
    useCallback((listener) => subscribe(key, listener), [key]),
    () => read(key, initial),
  );
  const set = useCallback(
    (next: T | ((previous: T) => T)) =>
      write(key, typeof next === "function" ? (next as (previous: T) => T)(read(key, initial)) : next),
    [key, initial],
  );
  return [value, set];
}

/** For tests: forget everything. */
export function resetPersistent(): void {
  cache.clear();
  localStorage.clear();
}
