import { RotateCcw } from "lucide-react";
import { useMemo, useState } from "react";
import { Button } from "@/components/Button";
import { ErrorLine } from "@/components/ErrorLine";
import type { GateFileView } from "@/lib/api";
import { useNow } from "@/lib/clock";
import { cx } from "@/lib/cx";
import { formatAgo } from "@/lib/format";
import { diffLines } from "./diff";

type Props = { view: GateFileView; busy: boolean; error: unknown; onRestore: (revision: number) => void };

const LOOK = { same: "text-fg-3", gone: "bg-bad-weak", new: "bg-ok-weak" };
const SIGN = { same: " ", gone: "−", new: "+" };

/** Every revision with who saved it and why; the chosen one against what held before it. */
export function Revisions({ view, busy, error, onRestore }: Props) {
  const now = useNow();
  const [chosen, setChosen] = useState<number | null>(null);
  const shown = view.revisions.find((each) => each.revision === chosen) ?? view.revisions[0];
  const before = view.revisions.find((each) => shown && each.revision === shown.revision - 1);
  const lines = useMemo(() => diffLines(before?.text ?? "", shown?.text ?? ""), [before, shown]);
  if (!shown) return <p className="p-3 text-fg-2">No revision has been saved yet.</p>;
  const holds = shown === view.revisions[0];
  return (
    <>
      <ul className="max-h-48 flex-none overflow-auto border-line border-b" data-testid="gate-file-revisions">
        {view.revisions.map((each) => (
          <li key={each.revision}>
            <button
              type="button"
              aria-current={each === shown || undefined}
              onClick={() => setChosen(each.revision)}
              className={cx(
                "flex h-7 w-full items-center gap-2 px-3 text-left hover:bg-hover",
                each === shown && "bg-accent-weak",
              )}
            >
              <span className="tnum w-6 flex-none font-medium">{each.revision}</span>
              <span className="min-w-0 flex-1 truncate" title={each.note}>
                {each.note || <span className="text-fg-3">no note</span>}
              </span>
              <span className="flex-none text-fg-2">{each.actor}</span>
              <span className="tnum w-24 flex-none text-right text-fg-3">{formatAgo(each.atMs, now)}</span>
            </button>
          </li>
        ))}
      </ul>
      <header className="flex h-8 flex-none items-center gap-2 border-line-2 border-b px-3">
        <span className="font-medium">Revision {shown.revision}</span>
        <span className="text-fg-3 text-label">
          {before ? `against revision ${before.revision}` : "the first"} · sha256 {shown.sha256.slice(0, 12)}
        </span>
        {!holds && (
          <span className="ml-auto">
            <Button
              icon={RotateCcw}
              busy={busy}
              onClick={() => onRestore(shown.revision)}
              data-testid="gate-file-restore"
            >
              Restore
            </Button>
          </span>
        )}
      </header>
      {error != null && (
        <div className="px-3 pt-2">
          <ErrorLine title="Not restored" error={error} />
        </div>
      )}
      <pre
        className="mono selectable min-h-0 flex-1 overflow-auto bg-app py-2 leading-[18px]"
        data-testid="gate-file-diff"
      >
        {lines.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
          <div key={index} className={cx("px-3", LOOK[line.kind])}>
            {SIGN[line.kind]} {line.text}
          </div>
        ))}
      </pre>
    </>
  );
}
