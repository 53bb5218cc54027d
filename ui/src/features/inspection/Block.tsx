import type { ReactNode } from "react";

export function Block({ title, note, children }: { title: string; note?: ReactNode; children: ReactNode }) {
  return (
    <section className="border-line-2 border-b px-4 pb-3 last:border-b-0">
      <header className="flex h-8.5 items-center justify-between gap-3">
        <h4 className="font-semibold">{title}</h4>
        {note && <span className="truncate text-fg-3 text-label">{note}</span>}
      </header>
      {children}
    </section>
  );
}
