import { Maximize, Minus, Plus } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "@/components/IconButton";

type Props = { zoom: number; onZoom: (factor: number) => void; onFit: () => void; children?: ReactNode };

export function ZoomBar({ zoom, onZoom, onFit, children }: Props) {
  return (
    <div
      className="absolute bottom-3 left-3 flex items-center gap-0.5 rounded-card border border-line bg-panel p-0.5"
      onPointerDown={(event) => event.stopPropagation()}
    >
      <IconButton icon={Minus} label="Zoom out" kbd="-" onClick={() => onZoom(0.8)} />
      <span className="tnum w-11 text-center text-fg-2 text-label" data-testid="graph-zoom">
        {zoom < 0.1 ? (zoom * 100).toFixed(1) : Math.round(zoom * 100)} %
      </span>
      <IconButton icon={Plus} label="Zoom in" kbd="+" onClick={() => onZoom(1.25)} />
      <IconButton icon={Maximize} label="Show all" kbd="0" onClick={onFit} />
      {children}
    </div>
  );
}
