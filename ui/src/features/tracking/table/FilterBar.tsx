import { ListFilter, X } from "lucide-react";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { IconButton, Kbd } from "@/components";
import { type DrydockError, toDrydockError } from "@/lib/api";
import { cx } from "@/lib/cx";
import { filterTokens, refusedToken } from "./filterTokens";

const COLOR = {
  key: "text-accent",
  operator: "text-fg-2",
  value: "text-fg",
  joiner: "text-fg-3",
  space: "",
  other: "text-fg",
};

const REFUSED = "underline decoration-bad decoration-wavy underline-offset-2";

type Props = {
  value: string;
  onApply: (filter: string) => void;
  error: DrydockError | null;
  children?: ReactNode;
};

const TEXT = "mono text-base! leading-6 whitespace-pre";

/** Filters runs in MLflow's own syntax. Enter applies, Esc takes back what was typed; an error names its place below. */
export function FilterBar({ value, onApply, error, children }: Props) {
  const [draft, setDraft] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  const paint = useRef<HTMLDivElement>(null);
  useEffect(() => setDraft(value), [value]);
  const tokens = useMemo(() => filterTokens(draft), [draft]);
  const follow = () => {
    if (paint.current && input.current) paint.current.scrollLeft = input.current.scrollLeft;
  };
  const apply = (text: string) => {
    setDraft(text);
    onApply(text.trim());
  };
  const failure = error && toDrydockError(error);
  // What has been typed since is not what was refused.
  const refused = failure && draft === value ? refusedToken(tokens, failure.message) : -1;
  return (
    <div className="flex-none border-line border-b bg-app">
      <div className="flex h-9 items-center gap-2 px-3">
        <div
          className={cx(
            "flex h-6.5 min-w-0 flex-1 items-center gap-2 rounded border bg-app pr-1 pl-2 focus-within:ring-1",
            failure
              ? "border-bad focus-within:ring-bad"
              : "border-outline focus-within:border-accent focus-within:ring-accent",
          )}
        >
          <ListFilter size={12} className="text-fg-3" aria-hidden />
          <div className="relative h-6 min-w-0 flex-1">
            <div ref={paint} aria-hidden className={cx(TEXT, "absolute inset-0 overflow-hidden")}>
              {tokens.map((token, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: tokens have no identity
                <span key={index} className={cx(COLOR[token.kind], index === refused && REFUSED)}>
                  {token.text}
                </span>
              ))}
            </div>
            <input
              ref={input}
              data-testid="filter-input"
              aria-label="Filter runs"
              aria-invalid={failure ? true : undefined}
              aria-describedby="filter-error"
              placeholder="metrics.ic > 0.04 and params.window = '64'"
              spellCheck={false}
              autoComplete="off"
              value={draft}
              onChange={(event) => setDraft(event.target.value)}
              onScroll={follow}
              onKeyUp={follow}
              onKeyDown={(event) => {
                if (event.key === "Enter") apply(draft);
                else if (event.key === "Escape") {
                  setDraft(value);
                  event.currentTarget.blur();
                }
              }}
              className={cx(
                TEXT,
                "absolute inset-0 w-full bg-transparent text-transparent caret-accent outline-none placeholder:text-fg-3 focus-visible:outline-none",
              )}
            />
          </div>
          {draft !== value && <Kbd>Enter</Kbd>}
          {draft ? (
            <IconButton icon={X} label="Clear the filter" size={20} iconSize={12} onClick={() => apply("")} />
          ) : (
            <Kbd>/</Kbd>
          )}
        </div>
        {children}
      </div>
      {failure && (
        <p id="filter-error" role="alert" data-testid="filter-error" className="selectable px-3 pb-1.5 text-label">
          <span className="text-bad">{failure.message}</span>
          {failure.hint && <span className="text-fg-3"> {failure.hint}</span>}
        </p>
      )}
    </div>
  );
}
