import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef } from "react";
import { cx } from "@/lib/cx";
import { usePersistent } from "@/lib/persist";

type Props = {
  /** Names the splitter and the place where its width is kept: "training.table". */
  id: string;
  label: string;
  /** Which pane has the width; the other takes the rest. */
  sized?: "start" | "end";
  initial: number;
  min: number;
  max: number;
  /** The other pane never gets less than this. */
  minRest?: number;
  /** The grip shows on hover only. */
  quiet?: boolean;
  start: ReactNode;
  end: ReactNode;
};

const STEP = 8;

/** Two panes side by side. Drag, or arrow keys (Shift: four steps), Home and End; double-click resets. */
export function Split({
  id,
  label,
  sized = "start",
  initial,
  min,
  max,
  minRest = 280,
  quiet = false,
  start,
  end,
}: Props) {
  const [width, setWidth] = usePersistent(`split.${id}`, initial);
  const box = useRef<HTMLDivElement>(null);
  const clamp = (next: number) => {
    const room = (box.current?.clientWidth || Number.POSITIVE_INFINITY) - minRest;
    return Math.round(Math.max(min, Math.min(max, room, next)));
  };
  const sign = sized === "start" ? 1 : -1;

  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    event.preventDefault();
    const handle = event.currentTarget;
    const from = event.clientX;
    handle.setPointerCapture(event.pointerId);
    const move = (at: globalThis.PointerEvent) => setWidth(clamp(width + sign * (at.clientX - from)));
    const stop = () => {
      handle.removeEventListener("pointermove", move);
      handle.removeEventListener("pointerup", stop);
      handle.removeEventListener("pointercancel", stop);
    };
    handle.addEventListener("pointermove", move);
    handle.addEventListener("pointerup", stop);
    handle.addEventListener("pointercancel", stop);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEP * (event.shiftKey ? 4 : 1);
    const next = {
      ArrowLeft: width - sign * step,
      ArrowRight: width + sign * step,
      Home: sized === "start" ? min : max,
      End: sized === "start" ? max : min,
      Enter: initial,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    setWidth(clamp(next));
  };

  const pane = (which: "start" | "end", content: ReactNode) => (
    <div
      className={cx("flex min-h-0 min-w-0 flex-col", which === sized ? "flex-none" : "flex-1")}
      style={which === sized ? { width, maxWidth: `calc(100% - ${minRest}px)` } : undefined}
    >
      {content}
    </div>
  );

  return (
    <div ref={box} className="flex min-h-0 min-w-0 flex-1">
      {pane("start", start)}
      {/* biome-ignore lint/a11y/useSemanticElements: an hr cannot be dragged */}
      <div
        role="separator"
        aria-orientation="vertical"
        aria-label={label}
        aria-valuenow={width}
        aria-valuemin={min}
        aria-valuemax={max}
        tabIndex={0}
        onPointerDown={onPointerDown}
        onDoubleClick={() => setWidth(initial)}
        onKeyDown={onKeyDown}
        className="group relative z-10 w-px flex-none cursor-col-resize bg-line outline-none before:absolute before:inset-y-0 before:-left-[3px] before:w-[7px]"
      >
        <span
          className={cx(
            "absolute top-1/2 -left-px -mt-4 h-8 w-[3px] rounded-[2px] bg-outline group-hover:opacity-100 group-focus-visible:bg-accent group-focus-visible:opacity-100",
            quiet ? "opacity-0" : "opacity-60",
          )}
        />
      </div>
      {pane("end", end)}
    </div>
  );
}
