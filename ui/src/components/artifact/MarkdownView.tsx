import { useInfiniteQuery } from "@tanstack/react-query";
import { artifactTextQuery, WHOLE_TEXT_BYTES } from "@/lib/artifacts";
import { ErrorState } from "../ErrorState";
import { Markdown } from "../Markdown";
import { Skeleton } from "../Skeleton";
import type { ViewerProps } from "./ArtifactViewer";
import { TextView } from "./TextView";

const READ_BYTES = 1_000_000;

/** Markdown as it reads; a very long one as its text. */
export function MarkdownView({ file, about }: ViewerProps) {
  const text = useInfiniteQuery({
    ...artifactTextQuery(file, about, WHOLE_TEXT_BYTES),
    enabled: about.sizeBytes <= READ_BYTES,
  });
  if (about.sizeBytes > READ_BYTES)
    return <TextView file={file} about={about} note="Too long to lay out; shown as its source." />;
  if (text.isError) return <ErrorState title="The text could not be read" error={text.error} />;
  if (!text.data) return <Skeleton rows={12} />;
  return (
    <div className="min-h-0 flex-1 overflow-auto p-4">
      <div className="max-w-180">
        <Markdown text={text.data.pages.map((page) => page.text).join("")} />
      </div>
    </div>
  );
}
