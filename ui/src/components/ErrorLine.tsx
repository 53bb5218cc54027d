import { CircleX, X } from "lucide-react";
import { toDrydockError } from "@/lib/api";
import { IconButton } from "./IconButton";

type Props = { title: string; error: unknown; onDismiss?: () => void; "data-testid"?: string };

/** A refusal beside the thing that was refused: the server's own sentence, and its hint. */
export function ErrorLine({ title, error, onDismiss, "data-testid": testId }: Props) {
  const failure = toDrydockError(error);
  return (
    <div
      role="alert"
      data-testid={testId}
      data-kind={failure.kind}
      className="mb-2 flex items-start gap-2.5 rounded-card bg-bad-weak px-2.5 py-2"
    >
      <CircleX size={14} className="mt-px text-bad" aria-hidden />
      <div className="min-w-0 flex-1">
        <b className="block font-medium">{title}</b>
        <p className="selectable break-words text-fg-2">{failure.message}</p>
        {failure.hint && <p className="selectable break-words text-fg-3 text-label">{failure.hint}</p>}
      </div>
      {onDismiss && <IconButton icon={X} label="Dismiss" size={20} iconSize={12} onClick={onDismiss} />}
    </div>
  );
}
