import { type PointerEvent, useEffect, useLayoutEffect, useMemo, useRef, useState, type WheelEvent } from "react";
import type { EnsembleSummary, TreeCover, TreePath, TreeView, TreeViewNode } from "@/lib/api";
import { cx } from "@/lib/cx";
import { formatInteger, formatPercent, plural } from "@/lib/format";
import { ZoomBar } from "../graph/ZoomBar";
import { BOX, openDepth, type PlacedNode, type PlacedTree, placeTree } from "./layout";
import { formatValue, targetName } from "./words";

type Props = {
  ensemble: EnsembleSummary;
  tree: TreeView;
  /** The way of the row that is followed. */
  path: TreePath | null;
  /** How many rows of a file come through each node. */
  cover: TreeCover | null;
  nameOf: (feature: number) => string;
};

type Camera = { x: number; y: number; zoom: number };
const ZOOM = { least: 0.15, most: 1.5 };
const MARGIN = 24;
/** Below this, names are specks. */
const READABLE = 0.7;

/** One tree. Large ones are folded below a depth; a click opens a split or closes it. */
export function TreeDrawing({ ensemble, tree, path, cover, nameOf }: Props) {
  const [turned, setTurned] = useState<ReadonlySet<number>>(new Set());
  const lit = useMemo(() => new Set(path ? [...path.splits, path.leaf] : []), [path]);
  const depth = useMemo(() => openDepth(tree), [tree]);
  const placed = useMemo(() => {
    const isOpen = (at: number) => {
      const node = tree.nodes[at];
      const open = node !== undefined && (node.depth < depth || lit.has(node.place));
      return turned.has(at) !== open;
    };
    return placeTree(tree, isOpen);
  }, [tree, depth, lit, turned]);
  const frame = useRef<HTMLDivElement>(null);
  const [camera, setCamera] = useState<Camera>({ x: 0, y: 0, zoom: 1 });
  const showAll = () => setCamera(whole(frame.current, placed, ZOOM.least));
  // A tree is shown whole when it comes; what is opened later moves nothing.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the drawing at the time the tree came
  useLayoutEffect(() => setCamera(whole(frame.current, placed)), [tree, path]);
  const zoomBy = (factor: number, at?: { x: number; y: number }) => {
    const box = frame.current;
    const spot = at ?? { x: (box?.clientWidth ?? 0) / 2, y: (box?.clientHeight ?? 0) / 2 };
    setCamera((before) => {
      const zoom = Math.min(ZOOM.most, Math.max(ZOOM.least, before.zoom * factor));
      const by = zoom / before.zoom;
      return { zoom, x: spot.x - (spot.x - before.x) * by, y: spot.y - (spot.y - before.y) * by };
    });
  };
  const drag = useDrag((dx, dy) => setCamera((before) => ({ ...before, x: before.x + dx, y: before.y + dy })));
  const toggle = (at: number) =>
    setTurned((before) => {
      const next = new Set(before);
      if (!next.delete(at)) next.add(at);
      return next;
    });
  return (
    <div
      ref={frame}
      data-testid="tree-drawing"
      className="relative min-h-0 flex-1 touch-none overflow-hidden bg-app"
      {...drag}
      onWheel={(event: WheelEvent) => {
        const box = event.currentTarget.getBoundingClientRect();
        zoomBy(Math.exp(-event.deltaY / 400), { x: event.clientX - box.left, y: event.clientY - box.top });
      }}
    >
      <svg className="absolute inset-0 size-full" role="img" aria-label={`Tree ${tree.number}`}>
        <g transform={`translate(${camera.x} ${camera.y}) scale(${camera.zoom})`}>
          {placed.edges.map((edge) => (
            <Edge key={`${edge.from}-${edge.to}`} placed={placed} edge={edge} tree={tree} lit={lit} />
          ))}
          {placed.nodes.map((node, index) => (
            <Box
              // biome-ignore lint/suspicious/noArrayIndexKey: a node may be drawn twice, its place in the drawing is its name
              key={index}
              node={node}
              view={tree.nodes[node.at] as TreeViewNode}
              lit={lit.has(tree.nodes[node.at]?.place ?? -1)}
              ensemble={ensemble}
              rows={rowsOf(cover, tree.nodes[node.at]?.place ?? -1)}
              nameOf={nameOf}
              onToggle={() => toggle(node.at)}
            />
          ))}
        </g>
      </svg>
      <ZoomBar zoom={camera.zoom} onZoom={zoomBy} onFit={showAll} />
    </div>
  );
}

/** All of it; from its root on where it would be too small to read. */
function whole(frame: HTMLDivElement | null, placed: PlacedTree, least = READABLE): Camera {
  if (!frame) return { x: MARGIN, y: MARGIN, zoom: 1 };
  const across = (frame.clientWidth - 2 * MARGIN) / placed.width;
  const down = (frame.clientHeight - 2 * MARGIN) / placed.height;
  const zoom = Math.min(1, Math.max(least, Math.min(across, down)));
  const middle = frame.clientHeight / 2;
  const root = (placed.nodes[0]?.y ?? 0) + BOX.height / 2;
  const y = down >= zoom ? middle - (placed.height * zoom) / 2 : middle - root * zoom;
  return { zoom, x: across >= zoom ? (frame.clientWidth - placed.width * zoom) / 2 : MARGIN, y };
}

/** Dragging anywhere but on a box moves the page. */
function useDrag(move: (dx: number, dy: number) => void) {
  const last = useRef<{ x: number; y: number } | null>(null);
  const latest = useRef(move);
  useEffect(() => {
    latest.current = move;
  });
  return {
    onPointerDown: (event: PointerEvent<HTMLDivElement>) => {
      if (event.target instanceof Element && event.target.closest("[data-box]")) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      last.current = { x: event.clientX, y: event.clientY };
    },
    onPointerMove: (event: PointerEvent<HTMLDivElement>) => {
      if (!last.current) return;
      latest.current(event.clientX - last.current.x, event.clientY - last.current.y);
      last.current = { x: event.clientX, y: event.clientY };
    },
    onPointerUp: () => {
      last.current = null;
    },
    onPointerCancel: () => {
      last.current = null;
    },
  };
}

type EdgeProps = { placed: PlacedTree; edge: PlacedTree["edges"][number]; tree: TreeView; lit: ReadonlySet<number> };

function Edge({ placed, edge, tree, lit }: EdgeProps) {
  const [from, to] = [placed.nodes[edge.from], placed.nodes[edge.to]];
  if (!from || !to) return null;
  const [x1, y1] = [from.x + BOX.width, from.y + BOX.height / 2];
  const [x2, y2] = [to.x, to.y + BOX.height / 2];
  const middle = (x1 + x2) / 2;
  const taken = lit.has(tree.nodes[from.at]?.place ?? -1) && lit.has(tree.nodes[to.at]?.place ?? -1);
  return (
    <g>
      <path
        d={`M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`}
        fill="none"
        stroke={taken ? "var(--accent)" : "var(--outline)"}
        strokeWidth={taken ? 2 : 1}
        opacity={taken || lit.size === 0 ? 1 : 0.6}
      />
      <text
        x={x2 - 5}
        y={y2 + (edge.yes ? -5 : 12)}
        textAnchor="end"
        className={cx("text-label", taken ? "fill-accent" : "fill-fg-3")}
      >
        {edge.yes ? "yes" : "no"}
      </text>
    </g>
  );
}

type Rows = { count: number; share: number };

function rowsOf(cover: TreeCover | null, place: number): Rows | null {
  const count = cover?.visits[place];
  return !cover || count === undefined ? null : { count, share: cover.rows === 0 ? 0 : count / cover.rows };
}

type BoxProps = {
  node: PlacedNode;
  rows: Rows | null;
  view: TreeViewNode;
  lit: boolean;
  ensemble: EnsembleSummary;
  nameOf: (feature: number) => string;
  onToggle: () => void;
};

function Box({ node, view, lit, ensemble, rows, nameOf, onToggle }: BoxProps) {
  const isLeaf = view.feature === null;
  const title = isLeaf ? leafLines(ensemble, view) : splitLines(view, nameOf);
  const canOpen = !isLeaf && !node.again;
  return (
    <foreignObject x={node.x} y={node.y} width={BOX.width} height={BOX.height} className="overflow-visible">
      <button
        type="button"
        data-box
        data-lit={lit || undefined}
        data-testid={isLeaf ? "tree-leaf" : "tree-split"}
        disabled={!canOpen}
        onClick={onToggle}
        title={rows ? `${title.full}\n${formatInteger(rows.count)} rows` : title.full}
        className={cx(
          "flex size-full flex-col justify-center border bg-panel px-2 text-left leading-[14px]",
          isLeaf ? "items-center rounded-[17px]" : "rounded enabled:hover:bg-hover",
          lit ? "border-accent bg-accent-weak" : "border-line",
        )}
      >
        <span className={cx("w-full truncate", isLeaf ? "text-center font-medium tnum" : "font-medium")}>
          {title.first}
        </span>
        <span className={cx("tnum flex w-full gap-1 text-fg-2 text-label", isLeaf && "justify-center")}>
          <span className="truncate">{node.again ? "drawn already" : title.second}</span>
          {rows && (
            <span className={cx("flex-none whitespace-nowrap", !isLeaf && "ml-auto")}>
              {formatPercent(rows.share, rows.share < 0.1 ? 1 : 0)}
            </span>
          )}
          {node.hidden > 0 && <span className={cx(!rows && "ml-auto", "flex-none text-accent")}>+{node.hidden}</span>}
        </span>
      </button>
    </foreignObject>
  );
}

function splitLines(view: TreeViewNode, nameOf: (feature: number) => string) {
  const name = nameOf(view.feature ?? 0);
  const members = view.members.map(formatValue).join(", ");
  const test = view.sign === "∈" ? `∈ {${members}}` : `${view.sign} ${formatValue(view.value)}`;
  const exact = view.sign === "∈" ? test : `${view.sign} ${view.value ?? "no finite number"}`;
  const missing = view.missingYes ? "missing values: yes" : "missing values: no";
  const hits = view.hitRate === null ? "" : `\nhit rate ${view.hitRate}`;
  return {
    first: name,
    second: view.missingYes ? `${test} or NaN` : test,
    full: `node ${view.id}: ${name} ${exact}\n${missing}${hits}`,
  };
}

function leafLines(ensemble: EnsembleSummary, view: TreeViewNode) {
  const votes = view.votes;
  const named = votes.map((vote) => `${targetName(ensemble, vote.target)}: ${vote.weight}`);
  const full = `leaf ${view.id}\n${named.join("\n")}`;
  const largest = votes.reduce((most, vote) => (Math.abs(vote.weight) > Math.abs(most.weight) ? vote : most), {
    target: 0,
    weight: 0,
    ...votes[0],
  });
  const single = votes.length <= 1;
  return {
    first: formatValue(single ? (votes[0]?.weight ?? null) : largest.weight),
    second:
      ensemble.targets === 1
        ? "leaf"
        : single
          ? targetName(ensemble, largest.target)
          : manyText(ensemble, largest.target, votes.length),
    full,
  };
}

const manyText = (ensemble: EnsembleSummary, target: number, votes: number) =>
  `${targetName(ensemble, target)}, ${plural(votes, "vote")}`;
