import type { KeyboardEvent } from "react";

/** Where a key moves the active row of a table; undefined when the key does not move. */
export function rowAfterKey(key: string, at: number, count: number, page: number): number | undefined {
  const to = {
    ArrowDown: at + 1,
    j: at + 1,
    ArrowUp: at - 1,
    k: at - 1,
    PageDown: at + page,
    PageUp: at - page,
    Home: 0,
    End: count - 1,
  }[key];
  return to === undefined || count === 0 ? undefined : Math.max(0, Math.min(count - 1, to));
}

/** Keys typed into a control inside the table, and chords, are not the table's. */
export function isOwnKey(event: KeyboardEvent): boolean {
  return event.target === event.currentTarget && !event.ctrlKey && !event.metaKey && !event.altKey;
}

export const isMenuKey = (event: KeyboardEvent) =>
  event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey);

/** The menu of a row, by keyboard: the grid has the focus, so the key alone would open it on nothing. */
export function openMenuAt(grid: HTMLElement | null, rowKey: string): void {
  const drawn = [...(grid?.querySelectorAll<HTMLElement>("[data-row-key]") ?? [])];
  const row = drawn.find((each) => each.dataset.rowKey === rowKey);
  const cells = row?.querySelectorAll("[data-column]");
  // The second, where there is one: the first may be the checkbox alone.
  const cell = cells?.[1] ?? cells?.[0];
  if (!cell) return;
  const { left, bottom } = cell.getBoundingClientRect();
  cell.dispatchEvent(
    new MouseEvent("contextmenu", { bubbles: true, cancelable: true, clientX: left + 8, clientY: bottom - 4 }),
  );
}
