import { Toast as Base } from "@base-ui/react/toast";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { toDrydockError } from "@/lib/api";
import { Button } from "./Button";
import { IconButton } from "./IconButton";
import { Status, type StatusTone } from "./Status";

type ToastData = { tone: StatusTone; action?: { label: string; run: () => void } };
const manager = Base.createToastManager<ToastData>();

type Message = { title: string; detail?: string; action?: ToastData["action"]; timeoutMs?: number };

function add(tone: StatusTone, { title, detail, action, timeoutMs }: Message): string {
  const timeout = timeoutMs ?? (tone === "bad" ? 12_000 : 5_000);
  return manager.add({ title, description: detail, timeout, data: { tone, action } });
}

/** Says what has happened, from anywhere: toast.ok({ title: "v14 promoted to Staging" }). */
export const toast = {
  ok: (message: Message) => add("ok", message),
  warn: (message: Message) => add("warn", message),
  info: (message: Message) => add("idle", message),
  /** What failed, with the error's own sentence and hint. */
  error: (title: string, error: unknown) => {
    const failure = toDrydockError(error);
    return add("bad", { title, detail: [failure.message, failure.hint].filter(Boolean).join(" ") });
  },
};

function Toasts() {
  const { toasts, close } = Base.useToastManager<ToastData>();
  return toasts.map((each) => (
    <Base.Root
      key={each.id}
      toast={each}
      swipeDirection="right"
      data-testid="toast"
      className="overlay-in flex w-90 items-start gap-2 rounded-l border border-line bg-raised p-2.5 shadow-overlay"
    >
      <Status tone={each.data?.tone ?? "idle"} iconOnly size={14}>
        {each.data?.tone === "bad" ? "Failed" : each.data?.tone === "warn" ? "Warning" : "Done"}
      </Status>
      <div className="min-w-0 flex-1">
        <Base.Title className="break-words font-medium" />
        <Base.Description className="selectable mt-0.5 whitespace-pre-line break-words text-fg-2" />
        {each.data?.action && (
          <Button
            className="mt-2"
            onClick={() => {
              each.data?.action?.run();
              close(each.id);
            }}
          >
            {each.data.action.label}
          </Button>
        )}
      </div>
      <Base.Close render={<IconButton icon={X} label="Dismiss" size={20} iconSize={12} />} />
    </Base.Root>
  ));
}

/** Put once around the app. */
export function ToastProvider({ children }: { children: ReactNode }) {
  return (
    <Base.Provider toastManager={manager} limit={4}>
      {children}
      <Base.Portal>
        <Base.Viewport className="fixed right-3 bottom-8 z-70 flex flex-col gap-2">
          <Toasts />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}
