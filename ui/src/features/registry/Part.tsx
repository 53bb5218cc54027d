import type { ReactNode } from "react";

/** A part of the inspector: 30 px head, a quiet note at the right. */
export function Part({ title, note, children }: { title: string; note?: ReactNode; children: ReactNode }) {
  return (
    <section className="border-line-2 border-b pb-2.5 last:border-b-0">
      <header className="flex h-8 items-center justify-between gap-2 whitespace-nowrap px-3">
        <h4 className="font-semibold">{title}</h4>
        {note && <span className="flex items-center gap-2 truncate text-fg-3 text-label">{note}</span>}
      </header>
      {children}
    </section>
  );
}
