import { Check } from "lucide-react";
import { useEffect, useState } from "react";
import { copyText } from "@/lib/clipboard";
import { cx } from "@/lib/cx";

type Props = { text: string; shown: string; label: string; className?: string };

/** A short form of a long text, such as a digest; a click copies the whole. */
export function CopyText({ text, shown, label, className }: Props) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <button
      type="button"
      title={`${text}\nclick to copy`}
      aria-label={`Copy ${label}`}
      onClick={() => void copyText(text).then(setCopied)}
      className={cx("mono inline-flex items-center gap-1 rounded text-fg-3 hover:text-fg", className)}
    >
      {copied && <Check size={11} className="text-ok" aria-hidden />}
      <span className="min-w-0 truncate">{copied ? "copied" : shown}</span>
    </button>
  );
}
