import { type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import { Button } from "@/components/Button";
import { Card, CardHead } from "@/components/Card";
import type { ProfileReport } from "@/lib/api";
import { plural } from "@/lib/format";
import { useTheme } from "@/lib/theme";
import { useElementWidth } from "@/lib/useElementWidth";
import { callAt, laneCount, paintTimeline, readTimelineInks, type Sight, zoomedSight } from "./timeline";
import { formatUs } from "./words";

const LANE = 22;
const AXIS = 20;

type Props = { report: ProfileReport; hovered: number | null; onHover: (node: number | null) => void };

/** The run that took the median time: one lane for each thread and depth. The wheel zooms, dragging moves. */
export function Timeline({ report, hovered, onHover }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useElementWidth(box);
  const whole = useMemo<Sight>(() => ({ from: 0, to: Math.max(1, report.timelineUs) }), [report]);
  const [asked, setSight] = useState<{ of: ProfileReport; sight: Sight } | null>(null);
  const sight = asked?.of === report ? asked.sight : whole;
  const lanes = laneCount(report.timeline);
  const height = AXIS + lanes * LANE + 4;
  const theme = useTheme();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the tokens change with the theme
  const inks = useMemo(() => readTimelineInks(), [theme]);

  useEffect(() => {
    const ctx = canvas.current?.getContext("2d");
    if (!ctx || width === 0) return;
    const density = window.devicePixelRatio || 1;
    ctx.canvas.width = Math.round(width * density);
    ctx.canvas.height = Math.round(height * density);
    ctx.setTransform(density, 0, 0, density, 0, 0);
    paintTimeline(ctx, report, { sight, width, height, lane: LANE, axis: AXIS, hovered, inks });
  }, [report, sight, width, height, hovered, inks]);

  const move = (next: Sight) => setSight({ of: report, sight: next });
  const wheel = useRef<(event: WheelEvent) => void>(() => {});
  wheel.current = (event) => {
    if (width === 0 || !canvas.current) return;
    const at = (event.clientX - canvas.current.getBoundingClientRect().left) / width;
    if (!event.ctrlKey && Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      const step = (event.deltaX / width) * (sight.to - sight.from);
      event.preventDefault();
      return move(zoomedSight(sight, 1, at, whole, step));
    }
    event.preventDefault();
    move(zoomedSight(sight, Math.exp(event.deltaY / 240), at, whole));
  };
  useEffect(() => {
    const element = box.current;
    const listen = (event: WheelEvent) => wheel.current(event);
    element?.addEventListener("wheel", listen, { passive: false });
    return () => element?.removeEventListener("wheel", listen);
  }, []);

  const drag = useRef<{ x: number; sight: Sight } | null>(null);
  const onPointerDown = (event: PointerEvent) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { x: event.clientX, sight };
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const held = drag.current;
    if (held) {
      const step = ((held.x - event.clientX) / width) * (held.sight.to - held.sight.from);
      return move(zoomedSight(held.sight, 1, 0, whole, step));
    }
    const place = event.currentTarget.getBoundingClientRect();
    const us = sight.from + ((event.clientX - place.left) / width) * (sight.to - sight.from);
    const lane = Math.floor((event.clientY - place.top - AXIS) / LANE);
    onHover(callAt(report.timeline, us, lane, ((sight.to - sight.from) / width) * 2)?.node ?? null);
  };
  const shown = hovered === null ? null : report.nodes[hovered];
  const calls = report.timeline.length;
  return (
    <Card data-testid="profile-timeline" className="flex max-h-52 flex-none flex-col">
      <CardHead
        title="One run"
        sub={
          shown
            ? `${shown.op} ${shown.name}, ${formatUs(shown.meanUs)} on average`
            : `the run of median time, ${plural(calls, "call")}`
        }
      >
        {sight !== whole && (
          <Button variant="ghost" onClick={() => setSight(null)}>
            Show all
          </Button>
        )}
        {formatUs(sight.to - sight.from)} of {formatUs(report.timelineUs)}
      </CardHead>
      <div
        ref={box}
        role="application"
        aria-label="Timeline; the wheel zooms, dragging moves"
        className="min-h-0 flex-1 cursor-grab overflow-x-hidden overflow-y-auto"
        onPointerDown={onPointerDown}
        onPointerUp={() => {
          drag.current = null;
        }}
        onDoubleClick={() => setSight(null)}
      >
        <canvas
          ref={canvas}
          role="img"
          aria-label={`Timeline of one run: ${plural(calls, "call")} on ${plural(lanes, "lane")}`}
          style={{ width: "100%", height }}
          onPointerMove={onPointerMove}
          onPointerLeave={() => onHover(null)}
        />
      </div>
    </Card>
  );
}
