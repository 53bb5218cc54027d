import type { GateFileError } from "@/lib/api";
import { cx } from "@/lib/cx";

type Props = { label: string; value: string; errors: readonly GateFileError[]; onChange: (value: string) => void };

/** Text of several lines with their numbers; a line that is wrong carries its reason. */
export function NumberedText({ label, value, errors, onChange }: Props) {
  const numbers = value.split("\n").map((_, index) => index + 1);
  const wrong = new Map(errors.map((error) => [error.line, error.message]));
  return (
    <div className="flex min-h-0 flex-1 overflow-auto bg-app">
      <ol aria-hidden className="mono flex-none select-none py-2 text-right text-fg-3 leading-[18px]">
        {numbers.map((line) => (
          <li key={line} title={wrong.get(line)} className={cx("pr-2 pl-3", wrong.has(line) && "bg-bad-weak text-bad")}>
            {line}
          </li>
        ))}
      </ol>
      <textarea
        aria-label={label}
        aria-invalid={errors.length > 0 || undefined}
        value={value}
        wrap="off"
        spellCheck={false}
        rows={numbers.length}
        onChange={(event) => onChange(event.target.value)}
        data-testid="gate-file-text"
        className="mono min-h-full flex-1 resize-none overflow-x-auto overflow-y-hidden whitespace-pre border-line-2 border-l bg-transparent py-2 pr-3 pl-2 leading-[18px] outline-none"
      />
    </div>
  );
}
