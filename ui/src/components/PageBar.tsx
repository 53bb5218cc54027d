import type { ReactNode } from "react";

type Props = {
  title: ReactNode;
  /** Before the title, quiet: the folder of an experiment. */
  crumb?: ReactNode;
  /** After the title: chips or a quiet sentence. */
  sub?: ReactNode;
  /** Right end: at most one primary button. */
  children?: ReactNode;
};

/** The 40 px bar that opens a page. */
export function PageBar({ title, crumb, sub, children }: Props) {
  return (
    <header className="flex h-10 flex-none items-center gap-2 overflow-hidden border-line border-b bg-panel px-3">
      {crumb && <span className="flex-none text-fg-3">{crumb}</span>}
      <h2 className="min-w-0 truncate font-semibold text-page tracking-[-0.005em]">{title}</h2>
      {sub && (
        <span className="flex min-w-0 items-center gap-2 truncate whitespace-nowrap text-fg-3 text-label">{sub}</span>
      )}
      <span className="ml-auto flex flex-none items-center gap-2">{children}</span>
    </header>
  );
}
