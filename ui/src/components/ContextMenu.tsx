import { ContextMenu as Base } from "@base-ui/react/context-menu";
import { type MouseEvent, type ReactElement, useState } from "react";
import { MENU_SURFACE, type MenuEntry, MenuItems } from "./MenuItems";

type Props = {
  /** What the pointer stands on decides; null leaves the system's menu away and opens none. */
  entriesAt: (target: Element) => readonly MenuEntry[] | null;
  children: ReactElement<Record<string, unknown>>;
};

/** Commands under the pointer, on right click or the menu key. Nothing in it is only here. */
export function ContextMenu({ entriesAt, children }: Props) {
  const [entries, setEntries] = useState<readonly MenuEntry[] | null>(null);
  return (
    <Base.Root disabled={false} onOpenChange={(open) => !open && setEntries(null)}>
      <Base.Trigger
        render={children}
        onContextMenu={(event: MouseEvent) =>
          setEntries(event.target instanceof Element ? entriesAt(event.target) : null)
        }
      />
      {entries && (
        <Base.Portal>
          <Base.Positioner className="z-50 outline-none">
            <Base.Popup className={MENU_SURFACE} data-testid="context-menu">
              <MenuItems entries={entries} />
            </Base.Popup>
          </Base.Positioner>
        </Base.Portal>
      )}
    </Base.Root>
  );
}
