import type { ReactNode } from "react";

type PartProps = { title: string; note?: string; hint?: string; children: ReactNode };

export function Part({ title, note, hint, children }: PartProps) {
  return (
    <section className="border-line-2 border-b px-3 pb-3">
      <header className="flex h-8 items-center justify-between gap-2">
        <h4 className="font-semibold">{title}</h4>
        {note && (
          <span className="truncate text-fg-3 text-label" title={hint}>
            {note}
          </span>
        )}
      </header>
      {children}
    </section>
  );
}
