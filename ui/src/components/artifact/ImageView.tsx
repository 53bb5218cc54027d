import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { artifactImageQuery } from "@/lib/artifacts";
import { formatInteger } from "@/lib/format";
import { ErrorState } from "../ErrorState";
import { Unread } from "./Unread";
import type { ViewerProps } from "./viewer";

/** A picture, fitted; a click shows it at its own size. An SVG is drawn as a picture, so nothing in it runs. */
export function ImageView({ file, about }: ViewerProps) {
  const image = useQuery(artifactImageQuery(file, about));
  const [whole, setWhole] = useState(false);
  const [size, setSize] = useState<{ width: number; height: number } | null>(null);
  const [broken, setBroken] = useState(false);
  if (!image.data) return <Unread what="picture" query={image} rows={8} />;
  if (broken)
    return (
      <ErrorState
        title="The picture cannot be drawn"
        error={{
          kind: "invalid",
          message: `${about.says}, but its data is damaged or unfinished.`,
          field: null,
          hint: null,
        }}
      />
    );
  return (
    <>
      <button
        type="button"
        aria-label={whole ? "Fit the picture" : "Show the picture at its own size"}
        onClick={() => setWhole(!whole)}
        className="checkered grid min-h-0 flex-1 place-items-center overflow-auto p-3 focus-visible:-outline-offset-1"
      >
        <img
          data-testid="artifact-image"
          src={`data:${image.data.mediaType};base64,${image.data.base64}`}
          alt={file.path}
          onLoad={(event) =>
            setSize({ width: event.currentTarget.naturalWidth, height: event.currentTarget.naturalHeight })
          }
          onError={() => setBroken(true)}
          className={whole ? "max-w-none" : "max-h-full max-w-full object-contain"}
        />
      </button>
      <footer className="tnum flex h-6 flex-none items-center gap-3 border-line border-t bg-panel px-3 text-fg-3 text-label">
        <span>{about.says}</span>
        {size && size.width > 0 && (
          <span>
            {formatInteger(size.width)} × {formatInteger(size.height)} px
          </span>
        )}
        <span className="ml-auto">{whole ? "own size" : "fitted"}, click to change</span>
      </footer>
    </>
  );
}
