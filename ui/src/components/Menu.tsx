import { Menu as Base } from "@base-ui/react/menu";
import type { ReactElement } from "react";
import { MENU_SURFACE, type MenuEntry, MenuItems } from "./MenuItems";

export type { MenuEntry } from "./MenuItems";

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
          <Base.Popup style={{ minWidth }} className={MENU_SURFACE}>
            <MenuItems entries={entries} />
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
