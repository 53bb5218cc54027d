import { Menu as Base } from "@base-ui/react/menu";
import type { LucideIcon } from "lucide-react";
import type { ReactElement } from "react";
import { cx } from "@/lib/cx";
import { Kbd } from "./Kbd";

export type MenuEntry =
  | {
      label: string;
      icon?: LucideIcon;
      kbd?: string;
      detail?: string;
      danger?: boolean;
      disabled?: boolean;
      onSelect: () => void;
      testId?: string;
    }
  | "separator"
  | { heading: string };

type Props = {
  /** The button that opens it. */
  trigger: ReactElement<Record<string, unknown>>;
  entries: readonly MenuEntry[];
  align?: "start" | "end";
  minWidth?: number;
};

/** Commands behind one button. */
export function Menu({ trigger, entries, align = "start", minWidth = 200 }: Props) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align={align} sideOffset={4} className="z-50 outline-none">
          <Base.Popup
            style={{ minWidth }}
            className="overlay-in rounded-l border border-line bg-raised p-1 shadow-overlay outline-none"
          >
            {entries.map((entry, index) => {
              // biome-ignore lint/suspicious/noArrayIndexKey: entries are fixed while open
              if (entry === "separator") return <Base.Separator key={index} className="my-1 h-px bg-line" />;
              if ("heading" in entry)
                return (
                  <div key={entry.heading} className="px-2 pt-1.5 pb-1 text-fg-3 text-label">
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
                    "flex h-7 items-center gap-2 whitespace-nowrap rounded px-2 outline-none data-highlighted:bg-hover data-disabled:opacity-50",
                    entry.danger && "text-bad",
                  )}
                >
                  {Icon && <Icon size={14} className={entry.danger ? undefined : "text-fg-2"} aria-hidden />}
                  <span className="flex-1">{entry.label}</span>
                  {entry.detail && <span className="text-fg-3 text-label">{entry.detail}</span>}
                  {entry.kbd && <Kbd>{entry.kbd}</Kbd>}
                </Base.Item>
              );
            })}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
