import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Search, X } from "lucide-react";
import { type KeyboardEvent, useDeferredValue, useEffect, useState } from "react";
import { IconButton } from "@/components/IconButton";
import { TextInput } from "@/components/TextInput";
import type { NodeHit } from "@/lib/api";
import { formatInteger } from "@/lib/format";
import type { InspectSource } from "@/lib/view";
import { shortCount } from "../words";
import { searchQuery } from "./queries";

type Props = { source: InspectSource; onFound: (hits: readonly NodeHit[]) => void; onGo: (hit: NodeHit) => void };

const LISTED = 8;

/** Finds nodes in all graphs of the model; Enter goes from one to the next. */
export function SearchBox({ source, onFound, onGo }: Props) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const asked = useDeferredValue(text.trim());
  const answer = useQuery({
    ...searchQuery(source, asked),
    enabled: asked !== "",
    placeholderData: keepPreviousData,
  });
  const hits = asked === "" ? undefined : answer.data?.hits;
  // biome-ignore lint/correctness/useExhaustiveDependencies: told when the answer changes, not when the listener does
  useEffect(() => onFound(hits ?? []), [hits]);
  const go = (next: number) => {
    if (!hits || hits.length === 0) return;
    const place = (next + hits.length) % hits.length;
    setAt(place);
    const hit = hits[place];
    if (hit) onGo(hit);
  };
  const [gone, setGone] = useState(false);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") {
      event.preventDefault();
      go(gone ? at + (event.shiftKey ? -1 : 1) : at);
      setGone(true);
    }
    if (event.key === "Escape" && text !== "") {
      event.stopPropagation();
      setText("");
    }
  };
  const first = Math.max(0, Math.min(at - LISTED + 1, (hits?.length ?? 0) - LISTED));
  return (
    <search className="pointer-events-auto flex w-72 flex-col overflow-hidden rounded-card border border-line bg-panel">
      <TextInput
        value={text}
        onChange={(next) => {
          setText(next);
          setAt(0);
          setGone(false);
        }}
        onKeyDown={onKeyDown}
        icon={Search}
        size={28}
        mono
        invalid={answer.isError && asked !== ""}
        aria-label="Find nodes"
        placeholder="op:Conv weight>1e6 name"
        data-testid="graph-search"
        className="border-0"
        trailing={
          hits && (
            <span className="flex items-center gap-1">
              <span className="tnum text-fg-3 text-label" data-testid="graph-found">
                {hits.length === 0
                  ? "none"
                  : `${gone ? `${formatInteger(at + 1)} of ` : ""}${formatInteger(answer.data?.total ?? 0)}`}
              </span>
              <IconButton icon={X} label="Clear" onClick={() => setText("")} />
            </span>
          )
        }
      />
      {answer.isError && asked !== "" && (
        <p role="alert" className="border-line border-t px-2 py-1.5 text-bad">
          {answer.error.message}
        </p>
      )}
      {hits && hits.length > 0 && (
        <ul className="border-line border-t py-1" data-testid="graph-hits">
          {hits.slice(first, first + LISTED).map((hit, nth) => (
            <li key={`${JSON.stringify(hit.way)} ${hit.node}`}>
              <button
                type="button"
                className={`flex h-6 w-full items-center gap-2 px-2 text-left hover:bg-hover ${gone && first + nth === at ? "bg-hover" : ""}`}
                onClick={() => {
                  go(first + nth);
                  setGone(true);
                }}
              >
                <span className="w-20 flex-none truncate font-medium">{hit.op}</span>
                <span className="mono min-w-0 flex-1 truncate text-fg-2" title={hit.name}>
                  {hit.way.length > 0 && (
                    <span className="text-fg-3">
                      {hit.way.map((step) => step.attribute ?? "function").join(" › ")} ›{" "}
                    </span>
                  )}
                  {hit.name || `node ${hit.node}`}
                </span>
                {hit.weight > 0 && <span className="tnum text-fg-3 text-label">{shortCount(hit.weight)}</span>}
              </button>
            </li>
          ))}
          {(answer.data?.total ?? 0) > LISTED && (
            <li className="px-2 pt-1 text-fg-3 text-label">
              {formatInteger((answer.data?.total ?? 0) - LISTED)} more; Enter goes on
            </li>
          )}
        </ul>
      )}
    </search>
  );
}
