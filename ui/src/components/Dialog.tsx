import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { type ReactNode, type RefObject, useRef } from "react";
import { IconButton } from "./IconButton";

type Props = {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  sub?: ReactNode;
  icon?: ReactNode;
  width?: number;
  /** Left of the buttons: one sentence on what is safe. */
  footNote?: ReactNode;
  footer?: ReactNode;
  initialFocus?: RefObject<HTMLElement | null>;
  children: ReactNode;
  "data-testid"?: string;
};

/** A modal: focus stays inside, Esc closes, focus returns. Only for Dataset, Training, Deploy and confirmations. */
export function Dialog({
  open,
  onClose,
  title,
  sub,
  icon,
  width = 560,
  footNote,
  footer,
  initialFocus,
  children,
  "data-testid": testId,
}: Props) {
  const popup = useRef<HTMLDivElement>(null);
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-scrim transition-opacity duration-100 data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Base.Viewport className="fixed inset-0 z-40 grid place-items-center p-6">
          <Base.Popup
            ref={popup}
            initialFocus={initialFocus ?? popup}
            data-testid={testId}
            style={{ width }}
            className="overlay-in flex max-h-full max-w-full flex-col overflow-hidden rounded-l border border-line bg-raised shadow-overlay outline-none"
          >
            <header className="flex h-12 flex-none items-center gap-2.5 border-line border-b px-4">
              {icon}
              <Base.Title className="whitespace-nowrap font-semibold text-page">{title}</Base.Title>
              {sub && <Base.Description className="min-w-0 truncate text-fg-3 text-label">{sub}</Base.Description>}
              <span className="ml-auto">
                <Base.Close render={<IconButton icon={X} label="Close" kbd="Esc" />} />
              </span>
            </header>
            <div className="min-h-0 flex-1 overflow-auto">{children}</div>
            {(footer || footNote) && (
              <footer className="flex h-13 flex-none items-center gap-2 border-line border-t px-4">
                <span className="mr-auto flex min-w-0 items-center gap-2 text-fg-2">{footNote}</span>
                {footer}
              </footer>
            )}
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  );
}
