// Global keys. A key pressed while typing belongs to the field, except chords with Ctrl or Cmd.
import { useEffect } from "react";
import { openTab, TABS } from "@/lib/view";
import { openFile, paletteOpen, shortcutsOpen, togglePanel } from "./commands";

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

function onChord(key: string): boolean {
  const tab = TABS[Number(key) - 1];
  if (tab) openTab(tab);
  else if (key === "k") paletteOpen.set(!paletteOpen.get());
  else if (key === "b") togglePanel();
  else if (key === "o") void openFile();
  else return false;
  return true;
}

function onPlainKey(key: string): boolean {
  if (key === "?") shortcutsOpen.set(true);
  else if (key === "/") {
    const filter = document.querySelector<HTMLInputElement>('[data-testid="filter-input"]');
    if (!filter) return false;
    filter.focus();
  } else return false;
  return true;
}

export function useGlobalKeys(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.altKey || event.defaultPrevented) return;
      const chord = event.ctrlKey || event.metaKey;
      const handled = chord
        ? !event.shiftKey && onChord(event.key.toLowerCase())
        : !isTyping(event.target) && onPlainKey(event.key);
      if (handled) event.preventDefault();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
}

/** A desktop window has no "Reload" under the pointer; where text can be selected, copying it stays possible. */
export function useOwnContextMenus(): void {
  useEffect(() => {
    if (import.meta.env.DEV) return;
    const onContextMenu = (event: MouseEvent) => {
      const target = event.target instanceof Element ? event.target : null;
      if (!target?.closest("input, textarea, pre, code, .selectable")) event.preventDefault();
    };
    window.addEventListener("contextmenu", onContextMenu);
    return () => window.removeEventListener("contextmenu", onContextMenu);
  }, []);
}

/** For the shortcuts dialog. */
export const SHORTCUTS: readonly [keys: string, what: string][] = [
  ["Ctrl K", "Search or run a command"],
  ["Ctrl 1 … 4", "Registry, Training, Deployment, Monitoring"],
  ["Ctrl B", "Collapse or show the left panel"],
  ["Ctrl O", "Inspect an ONNX file"],
  ["/", "Filter runs"],
  ["J, K, ↑, ↓", "Move in a table"],
  ["Right click, Menu", "What can be done with a run or a value"],
  ["X", "Draw the run, or stop drawing it"],
  ["Enter, Space", "Open the run"],
  ["B", "Set the run as baseline, or clear it"],
  ["C", "Compare the checked runs"],
  ["Esc", "Close, and return to where the focus was"],
  ["Wheel, drag", "Zoom a chart; double-click resets"],
  ["?", "Show shortcuts"],
];
