import { useInfiniteQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useMemo, useRef } from "react";
import { artifactTextQuery, TEXT_PIECE_BYTES } from "@/lib/artifacts";
import { formatBytes, formatInteger, plural } from "@/lib/format";
import { Button } from "../Button";
import { Unread } from "./Unread";
import type { ViewerProps } from "./viewer";
import { yamlLine } from "./yamlLine";

const LINE = 18;
/** A longer line is cut: minified files have lines of megabytes, and no one reads them here. */
const LINE_CHARS = 4000;
/** Beyond this the window would hold more text than it should. */
const HELD_BYTES = 64_000_000;

/** Text, a piece at a time; only the lines in sight are in the document. */
export function TextView({ file, about, note }: Omit<ViewerProps, "onSourceOnly"> & { note?: ReactNode }) {
  const text = useInfiniteQuery(artifactTextQuery(file, about));
  const pages = text.data?.pages;
  const lines = useMemo(() => {
    const all = (pages ?? []).map((page) => page.text).join("");
    return (all.endsWith("\n") ? all.slice(0, -1) : all).split("\n");
  }, [pages]);
  if (!pages) return <Unread what="text" query={text} />;
  const read = pages.at(-1)?.toByte ?? 0;
  const rest = about.sizeBytes - read;
  const full = read >= HELD_BYTES;
  return (
    <>
      {note && <p className="flex-none border-line border-b bg-warn-weak px-3 py-1.5 text-fg-2">{note}</p>}
      <Lines lines={lines} yaml={about.kind === "yaml"} />
      <footer className="tnum flex h-7 flex-none items-center gap-3 border-line border-t bg-panel px-3 text-fg-3 text-label">
        <span data-testid="text-read">
          {rest > 0
            ? `${formatBytes(read)} of ${formatBytes(about.sizeBytes)} read, ${plural(lines.length, "line")}`
            : `${plural(lines.length, "line")}, all read`}
        </span>
        {pages.some((page) => page.lossy) && <span className="text-warn">some bytes are no UTF-8: shown as �</span>}
        {text.isFetchNextPageError && (
          <span className="min-w-0 truncate text-bad" title={text.error?.message}>
            the next part could not be read: {text.error?.message}
          </span>
        )}
        {rest > 0 && !full && (
          <Button
            className="ml-auto h-5!"
            busy={text.isFetchingNextPage}
            data-testid="text-more"
            onClick={() => void text.fetchNextPage()}
          >
            {rest <= TEXT_PIECE_BYTES
              ? `Open the rest, ${formatBytes(rest)}`
              : `Open the next ${formatBytes(TEXT_PIECE_BYTES)}`}
          </Button>
        )}
        {rest > 0 && full && <span className="ml-auto">Save a copy to read the rest, {formatBytes(rest)}</span>}
      </footer>
    </>
  );
}

function Lines({ lines, yaml }: { lines: readonly string[]; yaml: boolean }) {
  const frame = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => frame.current,
    estimateSize: () => LINE,
    overscan: 20,
  });
  const digits = String(lines.length).length;
  return (
    <div ref={frame} className="min-h-0 flex-1 overflow-auto bg-app" data-testid="text-lines">
      <div style={{ height: virtual.getTotalSize() }} className="relative w-max min-w-full">
        {virtual.getVirtualItems().map((item) => {
          const line = lines[item.index] ?? "";
          return (
            <div
              key={item.key}
              style={{ transform: `translateY(${item.start}px)`, height: LINE }}
              className="mono absolute top-0 left-0 flex whitespace-pre leading-[18px]"
            >
              <span
                style={{ width: `${digits + 3}ch` }}
                className="sticky left-0 flex-none select-none bg-app pr-3 text-right text-outline"
              >
                {item.index + 1}
              </span>
              <span className="selectable pr-4">
                {line.length > LINE_CHARS ? (
                  <>
                    {line.slice(0, LINE_CHARS)}
                    <span className="text-fg-3">… {formatInteger(line.length - LINE_CHARS)} characters more</span>
                  </>
                ) : yaml ? (
                  yamlLine(line)
                ) : (
                  line
                )}
              </span>
            </div>
          );
        })}
      </div>
    </div>
  );
}
