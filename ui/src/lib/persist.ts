// View state that outlives the window: one localStorage entry per key, shared by every component that reads it.
// What names things of a workspace (experiments, runs, models) is kept per workspace: experiment 1 of the demo is not
// experiment 1 of one's own.
import { useCallback, useSyncExternalStore } from "react";

const PREFIX = "drydock.";
const SCOPE_KEY = `${PREFIX}workspace`;
const cache = new Map<string, unknown>();
const listeners = new Map<string, Set<() => void>>();
const scopedKeys = new Set<string>();
let scope = stored<string>(SCOPE_KEY) ?? "";

function stored<T>(entry: string): T | undefined {
  try {
    const text = localStorage.getItem(entry);
    return text === null ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined; // unreadable state is no state
  }
}

function store(entry: string, value: unknown): void {
  try {
    localStorage.setItem(entry, JSON.stringify(value));
  } catch {
    // a full or forbidden store must not break the view
  }
}

const entryOf = (key: string) => (scope && scopedKeys.has(key) ? `${PREFIX}${key}@${scope}` : `${PREFIX}${key}`);

function read<T>(key: string, initial: T): T {
  const entry = entryOf(key);
  if (!cache.has(entry)) cache.set(entry, stored<T>(entry) ?? initial);
  return cache.get(entry) as T;
}

function write<T>(key: string, value: T): void {
  const entry = entryOf(key);
  cache.set(entry, value);
  store(entry, value);
  notify(key);
}

function notify(key: string): void {
  for (const listener of listeners.get(key) ?? []) listener();
}

function subscribe(key: string, listener: () => void): () => void {
  const set = listeners.get(key) ?? new Set();
  listeners.set(key, set.add(listener));
  return () => set.delete(listener);
}

/** Says which workspace is open. The last one is assumed until then, so that the first picture is usually right. */
export function enterWorkspace(id: string): void {
  if (id === scope) return;
  scope = id;
  store(SCOPE_KEY, id);
  for (const key of scopedKeys) notify(key);
}

type Next<T> = T | ((previous: T) => T);

function change<T>(key: string, initial: T, next: Next<T>): void {
  write(key, typeof next === "function" ? (next as (previous: T) => T)(read(key, initial)) : next);
}

/** A named piece of persistent state usable outside React too. `initial` must be a stable reference. */
export function persistent<T>(key: string, initial: T, { perWorkspace = false } = {}) {
  if (perWorkspace) scopedKeys.add(key);
  return {
    get: () => read(key, initial),
    set: (next: Next<T>) => change(key, initial, next),
    subscribe: (listener: () => void) => subscribe(key, listener),
  };
}

export type Persistent<T> = ReturnType<typeof persistent<T>>;

export function useValue<T>(source: Persistent<T>): T {
  return useSyncExternalStore(source.subscribe, source.get);
}

/** useState that survives a restart. */
export function usePersistent<T>(key: string, initial: T): [T, (next: Next<T>) => void] {
  const value = useSyncExternalStore(
    useCallback((listener) => subscribe(key, listener), [key]),
    () => read(key, initial),
  );
  const set = useCallback((next: Next<T>) => change(key, initial, next), [key, initial]);
  return [value, set];
}

/** For tests: forget everything. */
export function resetPersistent(): void {
  cache.clear();
  localStorage.clear();
  scope = "";
}
