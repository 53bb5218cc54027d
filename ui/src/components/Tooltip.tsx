import { Tooltip as Base } from "@base-ui/react/tooltip";
import type { ReactElement, ReactNode } from "react";
import { Kbd } from "./Kbd";

/** Put once around the app: tooltips that follow each other open without delay. */
export const TooltipProvider = ({ children }: { children: ReactNode }) => (
  <Base.Provider delay={450} closeDelay={0}>
    {children}
  </Base.Provider>
);

type Props = {
  text: ReactNode;
  kbd?: string;
  side?: "top" | "bottom" | "left" | "right";
  children: ReactElement<Record<string, unknown>>;
};

/** Explains its one child on hover and focus. The child must take a ref and props, as any DOM element does. */
export function Tooltip({ text, kbd, side = "bottom", children }: Props) {
  return (
    <Base.Root>
      <Base.Trigger render={children} />
      <Base.Portal>
        <Base.Positioner side={side} sideOffset={6} className="z-60">
          <Base.Popup className="overlay-in flex max-w-80 items-center gap-2 rounded border border-line bg-raised px-2 py-1 text-fg text-label shadow-overlay">
            {text}
            {kbd && <Kbd>{kbd}</Kbd>}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
