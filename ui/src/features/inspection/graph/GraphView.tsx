import { useQuery } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { Button } from "@/components/Button";
import { ErrorState } from "@/components/ErrorState";
import { Skeleton } from "@/components/Skeleton";
import type { NodeHit, SceneView, Way } from "@/lib/api";
import { plural } from "@/lib/format";
import { wantedNode } from "@/lib/graphNode";
import { nodeShares, sameSource, wayKey } from "@/lib/nodeShares";
import { useSignal } from "@/lib/signal";
import type { InspectSource } from "@/lib/view";
import { shapesQuery } from "../cost/queries";
import { boxShares } from "./boxShares";
import { type CanvasHandle, GraphCanvas } from "./GraphCanvas";
import { HeatButton } from "./HeatButton";
import { NodePanel } from "./NodePanel";
import { nodeQuery, sceneQuery } from "./queries";
import { SearchBox } from "./SearchBox";
import { boxOfFrame, boxOfNode, copyOf, kindOf, repeatOf, type Scene } from "./scene";

/** A graph on the way from the main one to the one that is shown. */
type Level = { title: string; view: SceneView };

const MAIN: Level = { title: "main graph", view: { way: [], whole: false, open: [] } };

/** What the camera does once the next layout is there. */
type Goal = { node: number } | { first: number; spot: { x: number; y: number } };

/** The graph of a model: blocks that repeat are one card until they are opened. */
export function GraphView({ source }: { source: InspectSource }) {
  const [levels, setLevels] = useState<Level[]>([MAIN]);
  const level = levels.at(-1) ?? MAIN;
  const scene = useQuery(sceneQuery(source, level.view));
  const [node, setNode] = useState<number | null>(null);
  const [found, setFound] = useState<readonly NodeHit[]>([]);
  const canvas = useRef<CanvasHandle>(null);
  // What is shown stays until the next layout of the same graph is there.
  const [last, setLast] = useState<{ way: Way; scene: Scene } | null>(null);
  if (scene.data && scene.data !== last?.scene) setLast({ way: level.view.way, scene: scene.data });
  const drawn = scene.data ?? (last && sameWay(last.way, level.view.way) ? last.scene : null);
  const goal = useRef<Goal | null>(null);
  useEffect(() => {
    const wanted = goal.current;
    if (!wanted || !scene.data) return;
    goal.current = null;
    const box = "node" in wanted ? boxOfNode(scene.data, wanted.node) : boxOfFrame(scene.data, wanted.first);
    if (box === null) return;
    if ("node" in wanted) canvas.current?.centre(box);
    else canvas.current?.put(box, wanted.spot);
  }, [scene.data]);
  const show = (part: Partial<SceneView>) =>
    setLevels((before) => [...before.slice(0, -1), { ...level, view: { ...level.view, ...part } }]);
  const enter = (title: string, way: Way) => {
    setLevels((before) => [...before, { title, view: { ...MAIN.view, way } }]);
    setNode(null);
  };
  const back = (depth: number) => {
    setLevels((before) => before.slice(0, depth));
    setNode(null);
  };
  /** Goes to a node of this graph, opening the block that holds it. */
  const goTo = (wanted: number) => {
    setNode(wanted);
    const repeat = drawn && !level.view.whole ? repeatOf(drawn, wanted) : undefined;
    const copy = repeat && copyOf(repeat, wanted);
    const open = repeat && level.view.open.find((each) => each.first === repeat.first);
    if (repeat && copy !== undefined && open?.copy !== copy) {
      goal.current = { node: wanted };
      show({ open: opened(level.view, repeat.first, copy) });
      return;
    }
    const box = drawn && boxOfNode(drawn, wanted);
    if (box !== null) canvas.current?.centre(box);
  };
  // What another bench wants to be seen, as soon as there is something to see.
  const wanted = useSignal(wantedNode);
  const go = useRef(goTo);
  go.current = goTo;
  useEffect(() => {
    if (!scene.data || !wanted || !sameSource(wanted.source, source)) return;
    wantedNode.set(null);
    go.current(wanted.node);
  }, [scene.data, wanted, source]);
  const goToHit = (hit: NodeHit) => {
    if (sameWay(hit.way, level.view.way)) return goTo(hit.node);
    goal.current = { node: hit.node };
    setLevels(levelsTo(hit.way));
    setNode(hit.node);
  };
  const box = drawn && node !== null ? boxOfNode(drawn, node) : null;
  const marked = useMemo(() => {
    const here = drawn ? found.filter((hit) => sameWay(hit.way, level.view.way)) : [];
    const boxes = here.map((hit) => drawn && boxOfNode(drawn, hit.node));
    return new Set(boxes.filter((found) => found !== null));
  }, [drawn, found, level.view.way]);
  const shared = useSignal(nodeShares);
  const heat = useMemo(() => {
    const here = shared && sameSource(shared.source, source) && shared.graphs.get(wayKey(level.view.way));
    return drawn && here ? boxShares(drawn, here) : null;
  }, [drawn, shared, source, level.view.way]);
  const shapes = useQuery(shapesQuery(source));
  const detail = useQuery({
    ...nodeQuery(source, level.view.way, node ?? 0, shapes.isSuccess),
    enabled: node !== null,
  }).data;
  const types = useMemo(() => {
    const ports = detail ? [...detail.inputs, ...detail.outputs] : [];
    return new Map(ports.filter((port) => port.typeText).map((port) => [port.tensor, port.typeText]));
  }, [detail]);
  const open = (chosen: number) => {
    if (!drawn) return;
    const kind = kindOf(drawn, chosen);
    const first = drawn.what[chosen] ?? 0;
    if (kind !== "card" && kind !== "frame") return;
    const spot = canvas.current?.spotOf(chosen);
    if (spot) goal.current = { first, spot };
    if (kind === "card") show({ open: opened(level.view, first, drawn.copies[chosen] ?? 0) });
    else show({ open: level.view.open.filter((each) => each.first !== first) });
  };
  if (scene.isError && !drawn)
    return (
      <ErrorState
        error={scene.error}
        title="The graph could not be laid out"
        safe="Nothing was run and nothing was changed"
        onRetry={() => void scene.refetch()}
      />
    );
  if (!drawn) return <Skeleton rows={16} />;
  const blocks = drawn.repeats.length;
  return (
    <div className="flex h-full min-h-0" data-testid="graph-view">
      <div className="relative min-w-0 flex-1">
        <GraphCanvas
          scene={drawn}
          key={JSON.stringify(level.view.way)}
          ref={canvas}
          selected={box}
          found={marked}
          heat={heat}
          types={types}
          tools={<HeatButton source={source} />}
          onSelect={(chosen) => {
            const kind = chosen === null ? null : kindOf(drawn, chosen);
            if (chosen !== null && kind === "node") setNode(drawn.what[chosen] ?? null);
            else if (chosen !== null && (kind === "card" || kind === "frame")) open(chosen);
            else setNode(null);
          }}
          onOpen={open}
          onEscape={() => {
            if (node !== null) setNode(null);
            else if (levels.length > 1) back(levels.length - 1);
            else return false;
            return true;
          }}
        />
        <div className="pointer-events-none absolute inset-x-3 top-3 flex flex-col items-start gap-2">
          <div className="pointer-events-auto flex h-6 max-w-full items-center gap-1.5 rounded bg-app/85 pr-2">
            {levels.map((each, depth) => (
              <span key={JSON.stringify(each.view.way)} className="flex items-center gap-1.5">
                {depth > 0 && <ChevronRight size={12} className="text-fg-3" aria-hidden />}
                {depth + 1 < levels.length ? (
                  <button type="button" className="text-accent hover:underline" onClick={() => back(depth + 1)}>
                    {each.title}
                  </button>
                ) : (
                  <span className="font-medium">{each.title}</span>
                )}
              </span>
            ))}
            <span className="tnum truncate text-fg-3" data-testid="graph-count">
              {plural(drawn.nodes, "node")}
              {blocks > 0 && `, ${plural(blocks, "repeated block")}`}
            </span>
            {(blocks > 0 || level.view.whole) && (
              <Button variant="ghost" onClick={() => show({ whole: !level.view.whole, open: [] })}>
                {level.view.whole ? "Collapse blocks" : "Draw every node"}
              </Button>
            )}
          </div>
          <SearchBox source={source} onFound={setFound} onGo={goToHit} />
        </div>
      </div>
      {node !== null && (
        <NodePanel
          source={source}
          way={level.view.way}
          node={node}
          onClose={() => setNode(null)}
          onGo={goTo}
          onEnter={enter}
        />
      )}
    </div>
  );
}

const opened = (view: SceneView, first: number, copy: number): SceneView["open"] => [
  ...view.open.filter((each) => each.first !== first),
  { first, copy },
];

const sameWay = (a: Way, b: Way) => JSON.stringify(a) === JSON.stringify(b);

/** The graphs on the way to one, each entered through a node of the one before. */
const levelsTo = (way: Way): Level[] => [
  MAIN,
  ...way.map((step, at) => ({
    title: step.attribute ?? "function",
    view: { ...MAIN.view, way: way.slice(0, at + 1) },
  })),
];
