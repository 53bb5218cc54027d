import { type PointerEvent, useRef } from "react";
import type { Stage } from "@/lib/api";
import { useElementWidth } from "@/lib/useElementWidth";
import { timeTicks, type VersionHistory } from "./timeline";

const LEFT = 48;
const RIGHT = 10;
const ROW = 22;
const AXIS = 18;

const BAR: Record<Stage, { height: number; fill: string; opacity: number } | null> = {
  None: null,
  Staging: { height: 6, fill: "var(--accent)", opacity: 0.6 },
  Production: { height: 16, fill: "var(--ok)", opacity: 0.5 },
  Archived: { height: 6, fill: "var(--muted)", opacity: 0.8 },
};

type Props = {
  rows: readonly VersionHistory[];
  fromMs: number;
  nowMs: number;
  atMs: number | null;
  onPick: (atMs: number) => void;
};

/** Who stood in which stage, when; the dashed line is the date asked about, moved by a click or a drag. */
export function HistoryChart({ rows, fromMs, nowMs, atMs, onPick }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useElementWidth(frame);
  const height = rows.length * ROW + AXIS;
  const plotWidth = Math.max(width - LEFT - RIGHT, 1);
  const span = Math.max(nowMs - fromMs, 1);
  const x = (ms: number) => LEFT + (Math.min(Math.max(ms - fromMs, 0), span) / span) * plotWidth;

  function pick(event: PointerEvent<SVGSVGElement>) {
    if (event.buttons !== 1) return;
    const box = event.currentTarget.getBoundingClientRect();
    const part = (event.clientX - box.left - LEFT) / plotWidth;
    onPick(Math.round(fromMs + Math.min(Math.max(part, 0), 1) * span));
  }

  return (
    <div ref={frame} style={{ height }}>
      {width > 0 && (
        <svg
          className="plot block"
          width={width}
          height={height}
          role="img"
          aria-label={`Stages over time of ${rows.length} versions`}
          data-testid="history-chart"
          onPointerDown={pick}
          onPointerMove={pick}
        >
          {timeTicks(fromMs, nowMs, Math.max(2, Math.floor(plotWidth / 90))).map((tick) => (
            <g key={tick.atMs}>
              <path d={`M${x(tick.atMs)} 2V${height - AXIS}`} stroke="var(--line-2)" />
              <text x={x(tick.atMs)} y={height - 4} textAnchor={x(tick.atMs) > width - 40 ? "end" : "middle"}>
                {tick.label}
              </text>
            </g>
          ))}
          {rows.map((row, index) => (
            <HistoryRow key={row.version} row={row} y={index * ROW + ROW / 2} x={x} />
          ))}
          {atMs !== null && (
            <path
              d={`M${x(atMs)} 0V${height - AXIS}`}
              stroke="var(--text)"
              strokeDasharray="3 3"
              data-testid="history-marker"
            />
          )}
        </svg>
      )}
    </div>
  );
}

function HistoryRow({ row, y, x }: { row: VersionHistory; y: number; x: (ms: number) => number }) {
  return (
    <g>
      <text className="mono" x={8} y={y + 4} style={{ fill: "var(--text-2)" }}>
        v{row.version}
      </text>
      {row.spans.map((span) => {
        const bar = BAR[span.stage];
        if (!bar) return null;
        const width = Math.max(x(span.toMs) - x(span.fromMs) - 1, 1.5);
        return (
          <g key={`${span.stage}-${span.fromMs}`}>
            <rect
              x={x(span.fromMs)}
              y={y - bar.height / 2}
              width={width}
              height={bar.height}
              rx={2}
              fill={bar.fill}
              opacity={bar.opacity}
            >
              <title>{span.stage}</title>
            </rect>
            {span.stage === "Production" && width > 76 && (
              <text x={x(span.fromMs) + 7} y={y + 4} style={{ fill: "var(--text)", fontWeight: 500 }}>
                Production
              </text>
            )}
          </g>
        );
      })}
    </g>
  );
}
