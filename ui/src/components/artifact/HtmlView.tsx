import { useInfiniteQuery } from "@tanstack/react-query";
import { ShieldCheck } from "lucide-react";
import { useMemo } from "react";
import { artifactTextQuery, isShaped, WHOLE_TEXT_BYTES } from "@/lib/artifacts";
import { framed, hasScript } from "./framed";
import { TextView } from "./TextView";
import { Unread } from "./Unread";
import type { ViewerProps } from "./viewer";

/**
 * A page in a frame that may do nothing: no scripts, no forms, no navigation of the window, an origin of its own, and no
 * network. Scripts must never run here: on Linux the shell cannot tell a frame's calls from the window's.
 */
export function HtmlView({ file, about }: ViewerProps) {
  const text = useInfiniteQuery({
    ...artifactTextQuery(file, about, WHOLE_TEXT_BYTES),
    enabled: isShaped(about),
  });
  const html = useMemo(() => text.data?.pages.map((page) => page.text).join("") ?? "", [text.data]);
  if (!isShaped(about))
    return (
      <TextView
        file={file}
        about={about}
        note="Too large to lay out; shown as its source. Save a copy to open it in a browser."
      />
    );
  if (!text.data) return <Unread what="page" query={text} />;
  return (
    <>
      <p className="flex flex-none items-center gap-2 border-line border-b bg-app px-3 py-1.5 text-fg-2 text-label">
        <ShieldCheck size={12} className="text-ok" aria-hidden />
        {hasScript(html)
          ? "The page has scripts; they do not run here, so parts of it may stay empty. Save a copy to open it in a browser."
          : "Shown without scripts and without network."}
      </p>
      <iframe
        title={file.path}
        data-testid="html-frame"
        sandbox=""
        referrerPolicy="no-referrer"
        srcDoc={framed(html)}
        // a page is written for paper, whatever the theme around it
        style={{ background: "#fff", colorScheme: "light" }}
        className="min-h-0 w-full flex-1 border-0"
      />
    </>
  );
}
