import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { type ReactNode, type RefObject, useRef } from "react";
import { IconButton } from "./IconButton";

type Props = {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  sub?: ReactNode;
  /** Right end of the head, before Close. */
  actions?: ReactNode;
  width?: number | string;
  /** Dims the page and keeps focus inside; off for a preview beside a live table. */
  modal?: boolean;
  /** Leaves the focus where it is, so that the keys of the page behind keep working. */
  keepFocus?: boolean;
  /** Where the keyboard begins; the sheet itself when not given, so that no button opens its tooltip. */
  initialFocus?: RefObject<HTMLElement | null>;
  children: ReactNode;
  "data-testid"?: string;
};

/** The inspector that slides from the right. Esc closes it and returns focus. */
export function Sheet({
  open,
  onClose,
  title,
  sub,
  actions,
  width = 420,
  modal = false,
  keepFocus = false,
  initialFocus,
  children,
  "data-testid": testId,
}: Props) {
  const popup = useRef<HTMLDivElement>(null);
  return (
    <Base.Root open={open} modal={modal} disablePointerDismissal={!modal} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        {modal && (
          <Base.Backdrop className="fixed inset-0 z-30 bg-scrim transition-opacity duration-100 data-ending-style:opacity-0 data-starting-style:opacity-0" />
        )}
        <Base.Popup
          ref={popup}
          initialFocus={keepFocus ? false : (initialFocus ?? popup)}
          data-testid={testId}
          style={{ width }}
          className="slide-in fixed top-10 right-0 bottom-[22px] z-30 flex max-w-[calc(100vw-60px)] flex-col border-line border-l bg-panel shadow-overlay outline-none"
        >
          <header className="flex h-10 flex-none items-center gap-2 border-line border-b pr-2 pl-3">
            <Base.Title className="min-w-0 truncate font-semibold text-page">{title}</Base.Title>
            {sub && <span className="min-w-0 truncate text-fg-3 text-label">{sub}</span>}
            <span className="ml-auto flex flex-none items-center gap-1">
              {actions}
              <Base.Close render={<IconButton icon={X} label="Close" kbd="Esc" />} />
            </span>
          </header>
          <div className="min-h-0 flex-1 overflow-auto">{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
