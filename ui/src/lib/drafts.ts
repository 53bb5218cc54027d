// Texts that are being written and not saved yet, by what they belong to. They outlive the field that they are typed
// into: another tab, another run or a restart must not cost anyone a paragraph.
import { useCallback, useSyncExternalStore } from "react";
import { persistent, useValue } from "./persist";

/** `base` is what stood there when the writing began. */
export type Draft = { text: string; base: string };

const NONE: Record<string, Draft> = {};
const KEPT = 200;

const drafts = persistent("drafts", NONE, { perWorkspace: true });

/** What a draft belongs to. */
export const draftOf = {
  run: (runId: string) => `run ${runId}`,
  model: (name: string) => `model ${name}`,
  version: (name: string, version: number) => `version ${version} ${name}`,
};

export function setDraft(key: string, draft: Draft | null): void {
  drafts.set((all) => {
    const { [key]: _, ...others } = all;
    if (!draft) return others;
    return Object.fromEntries([...Object.entries(others), [key, draft] as const].slice(-KEPT));
  });
}

/** The text was saved. True when that was all of it; what has been typed since stays a draft. */
export function settleDraft(key: string, saved: string): boolean {
  const now = drafts.get()[key];
  if (!now) return true;
  const all = now.text === saved;
  setDraft(key, all ? null : { text: now.text, base: saved });
  return all;
}

/** Whether there is one: whoever only marks it does not render for every letter. */
export const useHasDraft = (key: string) => useSyncExternalStore(drafts.subscribe, () => key in drafts.get());

export function useDraft(key: string) {
  const draft = useValue(drafts)[key] ?? null;
  const set = useCallback((next: Draft | null) => setDraft(key, next), [key]);
  return [draft, set] as const;
}
