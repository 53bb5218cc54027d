import { Dialog, Kbd } from "@/components";
import { useSignal } from "@/lib/signal";
import { shortcutsOpen } from "./commands";
import { SHORTCUTS } from "./keys";

export function ShortcutsDialog() {
  return (
    <Dialog open={useSignal(shortcutsOpen)} onClose={() => shortcutsOpen.set(false)} title="Shortcuts" width={440}>
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 p-4 leading-6">
        {SHORTCUTS.map(([keys, what]) => (
          <div key={keys} className="contents">
            <dt className="flex items-center gap-1">
              <Kbd>{keys}</Kbd>
            </dt>
            <dd className="text-fg-2">{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
