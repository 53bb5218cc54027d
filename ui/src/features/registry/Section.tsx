import type { ReactNode } from "react";

type Props = { title: ReactNode; sub?: ReactNode; actions?: ReactNode; children: ReactNode; "data-testid"?: string };

/** A part of the model page: a 36 px head on the page's own surface. */
export function Section({ title, sub, actions, children, "data-testid": testId }: Props) {
  return (
    <section className="flex-none border-line border-b px-3 pb-2.5 last:border-b-0" data-testid={testId}>
      <header className="flex h-9 items-center gap-2 whitespace-nowrap">
        <h3 className="flex-none font-semibold text-head">{title}</h3>
        {sub && <span className="min-w-0 truncate text-fg-3 text-label">{sub}</span>}
        {actions && <span className="ml-auto flex flex-none items-center gap-2">{actions}</span>}
      </header>
      {children}
    </section>
  );
}
