import { cx } from "@/lib/cx";

/** A key or chord: <Kbd>Ctrl K</Kbd>. */
export function Kbd({ children, onAccent = false }: { children: string; onAccent?: boolean }) {
  return (
    <kbd
      className={cx(
        "inline-flex h-4 items-center whitespace-nowrap rounded-sm border px-1 font-normal text-label leading-none",
        onAccent ? "border-accent-on/25 bg-accent-on/15 text-accent-on" : "border-line bg-panel text-fg-3",
      )}
    >
      {children}
    </kbd>
  );
}
