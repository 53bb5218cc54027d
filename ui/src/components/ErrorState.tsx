import { CircleX, Copy } from "lucide-react";
import type { ReactNode } from "react";
import { errorDetails, toDrydockError } from "@/lib/api";
import { copyText } from "@/lib/clipboard";
import { Button } from "./Button";

type Props = {
  /** What failed: "Runs could not be read". */
  title: string;
  error: unknown;
  /** What is safe: "Nothing was changed". */
  safe?: string;
  onRetry?: () => void;
  action?: ReactNode;
  /** One line inside a card instead of the middle of a page. */
  inline?: boolean;
};

/** What failed, what is safe, the next action, and Copy details. */
export function ErrorState({ title, error, safe, onRetry, action, inline = false }: Props) {
  const failure = toDrydockError(error);
  return (
    <div
      role="alert"
      data-testid="error-state"
      className={inline ? "p-3" : "grid h-full place-items-center overflow-auto p-6"}
    >
      <div className="flex max-w-xl gap-3">
        <CircleX size={16} className="text-bad" aria-hidden />
        <div className="min-w-0">
          <h3 className="font-semibold text-head">{title}</h3>
          <p className="selectable mt-0.5 break-words text-fg-2">{failure.message}</p>
          {failure.hint && <p className="selectable break-words text-fg-3">{failure.hint}</p>}
          {safe && <p className="text-fg-3">{safe}</p>}
          <div className="mt-2.5 flex gap-2">
            {onRetry && <Button onClick={onRetry}>Try again</Button>}
            {action}
            <Button variant="ghost" icon={Copy} onClick={() => void copyText(errorDetails(failure, title))}>
              Copy details
            </Button>
          </div>
        </div>
      </div>
    </div>
  );
}
