import { Menu as Base } from "@base-ui/react/menu";
import { Check, type LucideIcon } from "lucide-react";
import { cx } from "@/lib/cx";
import { Kbd } from "./Kbd";

export type MenuEntry =
  | {
      label: string;
      icon?: LucideIcon;
      kbd?: string;
      detail?: string;
      /** The one that is chosen. */
      checked?: boolean;
      danger?: boolean;
      disabled?: boolean;
      onSelect: () => void;
      testId?: string;
    }
  | "separator"
  | { heading: string };

export const MENU_SURFACE =
  "overlay-in max-h-(--available-height) min-w-50 overflow-y-auto rounded-l border border-line bg-raised p-1 shadow-overlay outline-none";

/** The lines of a menu, the same behind a button and under the pointer. */
export function MenuItems({ entries }: { entries: readonly MenuEntry[] }) {
  return entries.map((entry, index) => {
    // biome-ignore lint/suspicious/noArrayIndexKey: entries are fixed while open
    if (entry === "separator") return <Base.Separator key={index} className="my-1 h-px bg-line" />;
    if ("heading" in entry)
      return (
        <div key={entry.heading} className="max-w-90 truncate px-2 pt-1.5 pb-1 text-fg-3 text-label">
          {entry.heading}
        </div>
      );
    const { icon: Icon } = entry;
    return (
      <Base.Item
        key={entry.label}
        disabled={entry.disabled}
        onClick={entry.onSelect}
        data-testid={entry.testId}
        className={cx(
          "flex h-7 max-w-90 items-center gap-2 whitespace-nowrap rounded px-2 outline-none data-highlighted:bg-hover data-disabled:opacity-50",
          entry.danger && "text-bad",
        )}
      >
        {Icon && <Icon size={14} className={entry.danger ? undefined : "text-fg-2"} aria-hidden />}
        <span className="min-w-0 flex-1 truncate">{entry.label}</span>
        {entry.detail && <span className="text-fg-3 text-label">{entry.detail}</span>}
        {entry.checked && <Check size={14} className="text-accent" aria-label="open now" />}
        {entry.kbd && <Kbd>{entry.kbd}</Kbd>}
      </Base.Item>
    );
  });
}
