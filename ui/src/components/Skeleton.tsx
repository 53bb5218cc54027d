import { type ReactNode, useEffect, useState } from "react";
import { cx } from "@/lib/cx";

const DELAY_MS = 150;

/** True once `waiting` has lasted 150 ms: what answers faster never shows a skeleton. */
export function useSlow(waiting: boolean): boolean {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    if (!waiting) return setSlow(false);
    const timer = setTimeout(() => setSlow(true), DELAY_MS);
    return () => clearTimeout(timer);
  }, [waiting]);
  return waiting && slow;
}

type Props = { rows?: number; rowHeight?: number; className?: string; children?: ReactNode };

/** Rows with the geometry of what is coming. Invisible for the first 150 ms. */
export function Skeleton({ rows = 6, rowHeight = 24, className }: Props) {
  const visible = useSlow(true);
  return (
    <div aria-busy className={cx("overflow-hidden", !visible && "invisible", className)}>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows are alike
        <div key={row} style={{ height: rowHeight }} className="flex items-center border-line-2 border-b px-3">
          <span className="h-2 rounded-sm bg-hover" style={{ width: `${30 + ((row * 37) % 45)}%` }} />
        </div>
      ))}
    </div>
  );
}
