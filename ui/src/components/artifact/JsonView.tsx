import { useInfiniteQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ChevronDown, ChevronRight } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { artifactTextQuery, isShaped, WHOLE_TEXT_BYTES } from "@/lib/artifacts";
import { formatInteger } from "@/lib/format";
import { type Json, jsonRows, openAtFirst, parseJson } from "./jsonRows";
import { TextView } from "./TextView";
import { Unread } from "./Unread";
import type { ViewerProps } from "./viewer";

/** JSON as a tree that folds; what is no JSON, or is very long, as its text. */
export function JsonView({ file, about, onSourceOnly }: ViewerProps) {
  const whole = isShaped(about);
  const text = useInfiniteQuery({ ...artifactTextQuery(file, about, WHOLE_TEXT_BYTES), enabled: whole });
  const parsed = useMemo(
    () => (text.data ? parseJson(text.data.pages.map((page) => page.text).join("")) : null),
    [text.data],
  );
  const invalid = parsed !== null && "problem" in parsed;
  useEffect(() => {
    if (invalid) onSourceOnly();
  }, [invalid, onSourceOnly]);
  if (!whole) return <TextView file={file} about={about} note="Too long for a tree; shown as its source." />;
  if (!parsed) return <Unread what="JSON" query={text} />;
  if ("problem" in parsed)
    return <TextView file={file} about={about} note={`Not valid JSON: ${parsed.problem}. Shown as its source.`} />;
  return <Tree value={parsed.value} />;
}

const ROW = 20;

function Tree({ value }: { value: Json }) {
  const [open, setOpen] = useState(() => openAtFirst(value));
  const rows = useMemo(() => jsonRows(value, open), [value, open]);
  const frame = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW,
    overscan: 20,
  });
  const toggle = (path: string) =>
    setOpen((before) => {
      const next = new Set(before);
      if (!next.delete(path)) next.add(path);
      return next;
    });
  return (
    <div ref={frame} data-testid="json-tree" className="min-h-0 flex-1 overflow-auto bg-app py-1">
      <div style={{ height: virtual.getTotalSize() }} className="relative">
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          const Chevron = row.open ? ChevronDown : ChevronRight;
          const place = {
            transform: `translateY(${item.start}px)`,
            height: ROW,
            paddingLeft: 10 + row.depth * 16,
          };
          const name = row.name !== null && (
            <>
              <span className={row.isIndex ? "text-fg-3" : "text-accent"}>{row.name}</span>
              <span className="text-fg-3">:</span>
            </>
          );
          if (row.size === null)
            return (
              <div
                key={item.key}
                style={place}
                className="mono selectable absolute top-0 left-0 flex w-full items-center gap-1.5 whitespace-pre pr-3"
              >
                <span className="w-3 flex-none" />
                {name}
                <span className="truncate" style={{ color: row.color }} title={row.text}>
                  {row.text}
                </span>
              </div>
            );
          return (
            <button
              key={item.key}
              type="button"
              aria-expanded={row.open}
              style={place}
              onClick={() => toggle(row.path)}
              className="mono absolute top-0 left-0 flex w-full items-center gap-1.5 whitespace-pre pr-3 text-left hover:bg-hover"
            >
              <Chevron size={12} className="text-fg-3" aria-hidden />
              {name}
              <span className="text-fg-3">
                {row.text} {formatInteger(row.size)} {row.size === 1 ? "entry" : "entries"}
              </span>
            </button>
          );
        })}
      </div>
    </div>
  );
}
