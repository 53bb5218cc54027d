import "@/lib/language";
import { useEffect, useLayoutEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useTheme } from "@/lib/theme";
import type { Aligned } from "./align";
import type { ChartGroup } from "./chartGroup";
import { applyHover, type ChartLook, chartOptions, extent, type LineSeries, zoomAt } from "./uplotOptions";

type Props = {
  /** The accessible name: "ic over step, 8 runs". */
  label: string;
  data: Aligned;
  series: readonly LineSeries[];
  group: ChartGroup;
  /** x is epoch seconds; otherwise a plain number. */
  time?: boolean;
  logY?: boolean;
  /** Ticks of the x axis. */
  formatX: (x: number) => string;
  /** The whole x, on the flag under the crosshair; ticks when absent. */
  formatAt?: (x: number) => string;
  formatY: (y: number) => string;
  /** Plain wheel zooms; else only Ctrl+wheel, so that a scrolling page keeps scrolling. */
  wheelZooms?: boolean;
};

function showAll(chart: uPlot, group: ChartGroup, data: Aligned): void {
  const [min, max] = group.range.get() ?? extent(data);
  chart.setScale("x", { min, max });
}

/**
 * uPlot asks for its canvas without options. A chart is still most of the time, and WebKitGTK copies an accelerated
 * canvas out again for every frame of the whole window: a plain one is several times cheaper, above all without a GPU.
 */
function onPlainCanvas<T>(build: () => T): T {
  const { getContext } = HTMLCanvasElement.prototype;
  HTMLCanvasElement.prototype.getContext = function plain(this: HTMLCanvasElement, kind: string, options?: object) {
    return getContext.call(this, kind, { ...options, willReadFrequently: true });
  } as typeof getContext;
  try {
    return build();
  } finally {
    HTMLCanvasElement.prototype.getContext = getContext;
  }
}

/** Lines on a canvas. New data keeps zoom, crosshair and scroll; only a change of look builds the chart anew. */
export function LineChart(props: Props) {
  const { label, data, series, group, time = false, logY = false, formatX, formatY, wheelZooms = true } = props;
  const box = useRef<HTMLDivElement>(null);
  const flag = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const shown = useRef(data);
  shown.current = data;
  const flagText = useRef(props.formatAt ?? formatX);
  flagText.current = props.formatAt ?? formatX;
  const zooms = useRef(wheelZooms);
  zooms.current = wheelZooms;
  const theme = useTheme();
  const look: ChartLook = { series, group, time, logY, formatX, formatY };
  const latest = useRef(look);
  latest.current = look;
  const signature = JSON.stringify([series, group.id, time, logY, theme]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the signature stands for the look
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const build = latest.current;
    const size = () => ({ width: Math.max(40, element.clientWidth), height: Math.max(40, element.clientHeight) });
    const { width, height } = size();
    const options = chartOptions(
      {
        ...build,
        formatX: (x) => latest.current.formatX(x),
        formatY: (y) => latest.current.formatY(y),
      },
      width,
      height,
    );
    const plot = onPlainCanvas(() => new uPlot(options, shown.current as uPlot.AlignedData, element));
    chart.current = plot;
    showAll(plot, group, shown.current);
    applyHover(plot, build.series, group.hovered.get());

    const resize = new ResizeObserver(() => plot.setSize(size()));
    resize.observe(element);
    const onWheel = (event: WheelEvent) => {
      if (!zooms.current && !event.ctrlKey) return;
      event.preventDefault();
      zoomAt(plot, group, event.clientX, event.deltaY);
    };
    plot.over.addEventListener("wheel", onWheel, { passive: false });
    const onLeave = () => {
      group.cursor.set(null);
      group.hovered.set(null);
    };
    plot.over.addEventListener("mouseleave", onLeave);
    const moveFlag = () => {
      const mark = flag.current;
      const at = group.cursor.get();
      if (!mark) return;
      const left = at === null ? Number.NaN : plot.valToPos(at, "x");
      const visible = left >= 0 && left <= plot.over.clientWidth;
      mark.style.opacity = visible ? "1" : "0";
      if (!visible || at === null) return;
      mark.textContent = flagText.current(at);
      mark.style.transform = `translateX(${plot.over.offsetLeft + left}px) translateX(-50%)`;
    };
    const stops = [
      group.hovered.subscribe(() => applyHover(plot, latest.current.series, group.hovered.get())),
      group.range.subscribe(() => showAll(plot, group, shown.current)),
      group.cursor.subscribe(moveFlag),
    ];
    return () => {
      for (const stop of stops) stop();
      resize.disconnect();
      plot.destroy();
      chart.current = null;
    };
  }, [signature]);

  useEffect(() => {
    const plot = chart.current;
    if (!plot || plot.data === (data as uPlot.AlignedData)) return;
    if (plot.series.length !== data.length) return; // the look is about to change with it
    plot.batch(() => {
      plot.setData(data as uPlot.AlignedData, false);
      showAll(plot, group, data);
    });
  }, [data, group]);

  return (
    <div role="img" aria-label={label} className="relative min-h-0 flex-1 overflow-hidden">
      <div ref={box} className="absolute inset-0" />
      <div
        ref={flag}
        aria-hidden
        className="tnum pointer-events-none absolute bottom-0.5 left-0 rounded bg-hover px-1.5 text-fg text-label opacity-0"
      />
    </div>
  );
}
