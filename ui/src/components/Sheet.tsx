import { Dialog as Base } from "@base-ui/react/dialog";
import { ArrowLeft, X } from "lucide-react";
import { type ReactNode, type RefObject, useRef } from "react";
import { cx } from "@/lib/cx";
import { IconButton } from "./IconButton";

type Props = {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  sub?: ReactNode;
  /** Right end of the head, before Close. */
  actions?: ReactNode;
  width?: number | string;
  /** Takes the place of the page: nothing of it looks out, and the way back stands on the left. */
  whole?: boolean;
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
  whole = false,
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
          style={whole ? undefined : { width }}
          className={cx(
            "fixed top-10 right-0 bottom-[22px] z-30 flex flex-col bg-panel outline-none",
            whole ? "left-0" : "slide-in max-w-[calc(100vw-60px)] border-line border-l shadow-overlay",
          )}
        >
          <header
            className={cx("flex h-10 flex-none items-center gap-2 border-line border-b pr-2", whole ? "pl-2" : "pl-3")}
          >
            {whole && <Base.Close render={<IconButton icon={ArrowLeft} label="Back" kbd="Esc" />} />}
            <Base.Title className="min-w-0 truncate font-semibold text-page">{title}</Base.Title>
            {sub && <span className="min-w-0 truncate text-fg-3 text-label">{sub}</span>}
            <span className="ml-auto flex flex-none items-center gap-1">
              {actions}
              {!whole && <Base.Close render={<IconButton icon={X} label="Close" kbd="Esc" />} />}
            </span>
          </header>
          <div className="min-h-0 flex-1 overflow-auto">{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
