import { useInfiniteQuery } from "@tanstack/react-query";
import { artifactTextQuery, isShaped, WHOLE_TEXT_BYTES } from "@/lib/artifacts";
import { Markdown } from "../Markdown";
import { TextView } from "./TextView";
import { Unread } from "./Unread";
import type { ViewerProps } from "./viewer";

/** Markdown as it reads; a very long one as its text. */
export function MarkdownView({ file, about }: ViewerProps) {
  const text = useInfiniteQuery({
    ...artifactTextQuery(file, about, WHOLE_TEXT_BYTES),
    enabled: isShaped(about),
  });
  if (!isShaped(about)) return <TextView file={file} about={about} note="Too long to lay out; shown as its source." />;
  if (!text.data) return <Unread what="text" query={text} />;
  return (
    <div className="min-h-0 flex-1 overflow-auto p-4">
      <div className="max-w-180">
        <Markdown text={text.data.pages.map((page) => page.text).join("")} />
      </div>
    </div>
  );
}
