import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import { Segmented } from "@/components/Segmented";
import type { EnsembleSummary, FollowedRow } from "@/lib/api";
import { cx } from "@/lib/cx";
import { formatInteger } from "@/lib/format";
import { formatValue, voteFor } from "./words";

type Props = {
  ensemble: EnsembleSummary;
  followed: FollowedRow | null;
  target: number;
  tree: number;
  onTree: (tree: number) => void;
};

const ROW = 24;
const ORDERS = [
  { value: "number", label: "In order" },
  { value: "share", label: "By share" },
] as const;
type Order = (typeof ORDERS)[number]["value"];
const COLUMNS = "40px 38px 44px minmax(0,1fr) 72px";

/** All trees; with a row followed, what each of them gives for it. */
export function TreeList({ ensemble, followed, target, tree, onTree }: Props) {
  const [order, setOrder] = useState<Order>("number");
  const gives = useMemo(
    () => followed?.path.trees.map((path) => voteFor(ensemble, path.votes, target)) ?? null,
    [ensemble, followed, target],
  );
  const largest = useMemo(() => Math.max(0, ...(gives ?? []).map((value) => Math.abs(value ?? 0))), [gives]);
  const sorted = useMemo(() => {
    const all = ensemble.trees.map((_, index) => index);
    if (order === "share" && gives) all.sort((a, b) => Math.abs(gives[b] ?? 0) - Math.abs(gives[a] ?? 0));
    return all;
  }, [ensemble, gives, order]);
  const frame = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const place = sorted.indexOf(tree);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a chosen tree scrolls the list
  useEffect(() => virtual.scrollToIndex(Math.max(0, place), { align: "auto" }), [tree]);
  const step = (by: number) => {
    const next = sorted[Math.min(sorted.length - 1, Math.max(0, place + by))];
    if (next !== undefined) onTree(next);
  };
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex h-9 flex-none items-center gap-2 border-line-2 border-b px-3">
        <h3 className="font-semibold text-head">Trees</h3>
        <span className="tnum text-fg-3">{formatInteger(ensemble.trees.length)}</span>
        <span className="ml-auto">
          {gives && <Segmented label="Order of the trees" options={ORDERS} value={order} onChange={setOrder} />}
        </span>
      </div>
      <div
        style={{ gridTemplateColumns: COLUMNS }}
        className="grid h-6 flex-none items-center gap-x-2 border-line border-b px-3 text-right text-fg-3 text-label"
      >
        <span className="text-left">Tree</span>
        <span>Depth</span>
        <span>Leaves</span>
        <span />
        <span>{gives ? "Gives" : ""}</span>
      </div>
      <div
        ref={frame}
        role="listbox"
        aria-label="Trees"
        tabIndex={0}
        className="min-h-0 flex-1 overflow-y-auto outline-none focus-visible:shadow-[inset_0_0_0_1px_var(--accent)]"
        onKeyDown={(event) => {
          const by = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: 20, PageUp: -20 }[event.key];
          if (by === undefined) return;
          event.preventDefault();
          step(by);
        }}
      >
        <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {virtual.getVirtualItems().map((item) => {
            const index = sorted[item.index] ?? 0;
            const line = ensemble.trees[index];
            if (!line) return null;
            const value = gives?.[index] ?? null;
            return (
              // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus, the arrow keys move the choice
              // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys
              <div
                key={index}
                role="option"
                aria-selected={index === tree}
                data-testid="tree-row"
                onClick={() => onTree(index)}
                style={{ gridTemplateColumns: COLUMNS, height: ROW, transform: `translateY(${item.start}px)` }}
                className={cx(
                  "tnum absolute inset-x-0 top-0 grid cursor-default items-center gap-x-2 border-line-2 border-b px-3 text-right",
                  index === tree ? "bg-accent-weak" : "hover:bg-hover",
                )}
              >
                <span className="text-left">{line.number}</span>
                <span className="text-fg-2">{line.depth}</span>
                <span className="text-fg-2">{formatInteger(line.leaves)}</span>
                {gives ? <GiveBar value={value} largest={largest} /> : <span />}
                <span title={value === null ? undefined : String(value)}>{gives ? formatValue(value, 3) : ""}</span>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** To the right what adds, to the left what takes away. */
function GiveBar({ value, largest }: { value: number | null; largest: number }) {
  const share = value === null || largest === 0 ? 0 : Math.abs(value) / largest;
  return (
    <span className="relative h-3" aria-hidden>
      <span className="absolute inset-y-0 left-1/2 w-px bg-line" />
      <span
        className={cx("absolute inset-y-0.5 rounded-[1px]", (value ?? 0) < 0 ? "bg-run-2" : "bg-run-1")}
        style={(value ?? 0) < 0 ? { right: "50%", width: `${share * 50}%` } : { left: "50%", width: `${share * 50}%` }}
      />
    </span>
  );
}
