import type { ImportNote } from "@/lib/api";
import { cx } from "@/lib/cx";
import { formatInteger } from "@/lib/format";

type Props = { title: string; notes: readonly ImportNote[]; more?: number; bad?: boolean };

/** Sentences about single things: what was done about a name, why something stays behind. */
export function ImportNotes({ title, notes, more = 0, bad = false }: Props) {
  if (notes.length === 0) return null;
  return (
    <section data-testid={bad ? "import-problems" : "import-notes"}>
      <h3 className={cx("mb-1 font-medium", bad && "text-bad")}>
        {title} <span className="tnum font-normal text-fg-3">{formatInteger(notes.length + more)}</span>
      </h3>
      <ul className="selectable max-h-44 overflow-y-auto rounded-card border border-line bg-app px-3 py-1.5">
        {notes.map((note) => (
          <li key={`${note.subject} ${note.message}`} className="break-words py-0.5">
            <span className="font-medium">{note.subject}</span> <span className="text-fg-2">{note.message}</span>
          </li>
        ))}
        {more > 0 && <li className="py-0.5 text-fg-3">and {formatInteger(more)} more</li>}
      </ul>
    </section>
  );
}
