import { type RefObject, useLayoutEffect, useRef } from "react";

/**
 * Keeps the first visible row where it is when rows arrive above it: a scrolled table does not jump while runs are
 * logged. At the very top the newest rows simply appear.
 */
export function useScrollAnchor<Row>(
  scroller: RefObject<HTMLElement | null>,
  rows: readonly Row[],
  rowKey: (row: Row) => string,
  rowHeight: number,
): void {
  const previous = useRef(rows);
  useLayoutEffect(() => {
    const before = previous.current;
    previous.current = rows;
    const element = scroller.current;
    if (!element || before === rows || element.scrollTop === 0) return;
    const anchor = before[Math.floor(element.scrollTop / rowHeight)];
    if (anchor === undefined) return;
    const key = rowKey(anchor);
    const now = rows.findIndex((row) => rowKey(row) === key);
    if (now < 0) return;
    const was = Math.floor(element.scrollTop / rowHeight);
    if (now !== was) element.scrollTop += (now - was) * rowHeight;
  }, [rows, rowKey, rowHeight, scroller]);
}
