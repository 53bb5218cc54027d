import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

type Props = { icon?: LucideIcon; title: string; detail?: ReactNode; action?: ReactNode; children?: ReactNode };

/** Nothing here yet: one sentence, one action, and below them a snippet to copy if there is one. */
export function EmptyState({ icon: Icon, title, detail, action, children }: Props) {
  return (
    <div data-testid="empty-state" className="grid h-full place-items-center overflow-auto p-6">
      <div className="flex max-w-xl flex-col items-center gap-1 text-center">
        {Icon && <Icon size={20} className="mb-2 text-fg-3" aria-hidden />}
        <h3 className="font-semibold text-head">{title}</h3>
        {detail && <p className="text-fg-2">{detail}</p>}
        {action && <div className="mt-3 flex gap-2">{action}</div>}
        {children && <div className="mt-4 w-full text-left">{children}</div>}
      </div>
    </div>
  );
}
