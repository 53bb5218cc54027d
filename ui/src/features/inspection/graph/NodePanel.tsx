import { useQuery } from "@tanstack/react-query";
import { CornerRightDown, X } from "lucide-react";
import { Fragment, type ReactNode, useState } from "react";
import { Button } from "@/components/Button";
import { ErrorLine } from "@/components/ErrorLine";
import { IconButton } from "@/components/IconButton";
import { Skeleton } from "@/components/Skeleton";
import { CopyButton } from "@/components/SnippetCard";
import type { NodeDetail, NodePort, Way } from "@/lib/api";
import { EMPTY, plural } from "@/lib/format";
import type { InspectSource } from "@/lib/view";
import { shapesQuery } from "../cost/queries";
import { originText } from "../cost/words";
import { SaveWeight } from "../SaveWeight";
import { domainName } from "../words";
import { NodeCostLines } from "./NodeCostLines";
import { Part } from "./Part";
import { nodeQuery, weightQuery } from "./queries";
import { Scales } from "./Scales";
import { Weight } from "./Weight";

type Props = {
  source: InspectSource;
  way: Way;
  node: number;
  onClose: () => void;
  onGo: (node: number) => void;
  onEnter: (title: string, way: Way) => void;
};

/** One node: what it does, takes and makes, with a way to its neighbours and into its bodies. */
export function NodePanel({ source, way, node: at, onClose, onGo, onEnter }: Props) {
  const shapes = useQuery(shapesQuery(source));
  const node = useQuery({ ...nodeQuery(source, way, at, shapes.isSuccess), placeholderData: (before) => before });
  const weight = (tensor: string) => (
    <Weight query={weightQuery(source, way, tensor)} save={<SaveWeight source={source} way={way} tensor={tensor} />} />
  );
  return (
    <aside
      className="flex w-80 flex-none flex-col overflow-y-auto border-line border-l bg-panel"
      data-testid="node-panel"
    >
      {node.data ? (
        <Detail
          key={at}
          node={node.data}
          origin={shapes.data ? originText(shapes.data) : shapes.isError ? "" : "inferring shapes"}
          problem={shapes.data?.problem ?? undefined}
          cost={<NodeCostLines source={source} way={way} node={at} />}
          weight={weight}
          onClose={onClose}
          onGo={onGo}
          onEnter={onEnter}
        />
      ) : node.isError ? (
        <ErrorLine title="The node could not be read" error={node.error} />
      ) : (
        <Skeleton rows={10} />
      )}
    </aside>
  );
}

type DetailProps = {
  node: NodeDetail;
  /** Who says what the types are. */
  origin: string;
  problem: string | undefined;
  cost: ReactNode;
  weight: (tensor: string) => ReactNode;
} & Pick<Props, "onClose" | "onGo" | "onEnter">;

function Detail({ node, origin, problem, cost, weight, onClose, onGo, onEnter }: DetailProps) {
  return (
    <>
      <header className="flex h-10 flex-none items-center gap-2 border-line border-b pr-2 pl-3">
        <h3 className="font-semibold text-head">{node.op}</h3>
        <span className="mono selectable min-w-0 truncate text-fg-3" title={node.name}>
          {node.name || "without a name"}
        </span>
        <span className="ml-auto flex flex-none items-center">
          {node.name && <CopyButton label="Copy name" text={node.name} />}
          <IconButton icon={X} label="Close" kbd="Esc" onClick={onClose} />
        </span>
      </header>
      {node.graphs.length > 0 && (
        <Part title="Graphs inside">
          {node.graphs.map((graph) => (
            <div key={graph.title} className="flex h-7 items-center gap-2">
              <span className="mono min-w-0 flex-1 truncate">{graph.title}</span>
              <span className="tnum text-fg-3">{plural(graph.nodes, "node")}</span>
              <Button icon={CornerRightDown} onClick={() => onEnter(graph.title, graph.way)}>
                Enter
              </Button>
            </div>
          ))}
        </Part>
      )}
      <Part title="Attributes" note={domainName(node.domain)}>
        {node.attributes.length === 0 ? (
          <p className="text-fg-3">All at their defaults</p>
        ) : (
          <dl className="kv">
            {node.attributes.map((attribute) => (
              <Fragment key={attribute.key}>
                <dt>{attribute.key}</dt>
                <dd className="mono selectable break-words" title={attribute.value}>
                  {attribute.value}
                </dd>
              </Fragment>
            ))}
          </dl>
        )}
      </Part>
      <Part title="Inputs" note={origin} hint={problem}>
        <Ports ports={node.inputs} weight={weight} onGo={onGo} />
      </Part>
      <Part title="Outputs">
        <Ports ports={node.outputs} weight={weight} onGo={onGo} />
      </Part>
      {node.quantised.length > 0 && (
        <Part title="Quantisation">
          <Scales scales={node.quantised} />
        </Part>
      )}
      {cost}
      {node.doc && (
        <Part title="Description">
          <p className="selectable whitespace-pre-wrap break-words text-fg-2">{node.doc}</p>
        </Part>
      )}
    </>
  );
}

const TOLD = { node: "", input: "graph input", weight: "weight", outside: "from around", missing: "left out" } as const;
/** Takers that are listed each by itself. */
const TAKERS = 6;

type PortsProps = {
  ports: readonly NodePort[];
  weight: (tensor: string) => ReactNode;
  onGo: (node: number) => void;
};

function Ports({ ports, weight, onGo }: PortsProps) {
  const [shown, setShown] = useState<string | null>(null);
  if (ports.length === 0) return <p className="text-fg-3">None</p>;
  return (
    <ul className="flex flex-col gap-2">
      {ports.map((port, slot) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a slot is a place, and one tensor may fill several
        <li key={slot} className="min-w-0">
          <div className="flex items-baseline gap-2">
            <span className="mono selectable min-w-0 flex-1 truncate" title={port.tensor}>
              {port.tensor || EMPTY}
            </span>
            <span className="flex-none text-fg-3 text-label">{TOLD[port.kind]}</span>
          </div>
          <div className="flex items-baseline gap-2 text-label">
            <span className="mono selectable min-w-0 flex-1 truncate text-fg-2" title={port.typeText}>
              {port.typeText || <span className="text-fg-3">the file does not say its type</span>}
            </span>
            {port.maker !== null && <Go node={port.maker} title="Maker" onGo={onGo} />}
            {port.takers.slice(0, TAKERS).map((taker, nth) => (
              <Go
                key={taker}
                node={taker}
                title={port.takers.length === 1 ? "Taker" : `Taker ${nth + 1}`}
                onGo={onGo}
              />
            ))}
            {port.kind === "weight" && (
              <button
                type="button"
                aria-expanded={shown === port.tensor}
                className="flex-none text-accent hover:underline"
                onClick={() => setShown(shown === port.tensor ? null : port.tensor)}
              >
                {shown === port.tensor ? "Hide values" : "Values"}
              </button>
            )}
            {port.takers.length > TAKERS && <span className="text-fg-3">of {port.takers.length}</span>}
          </div>
          {shown === port.tensor && port.kind === "weight" && weight(port.tensor)}
        </li>
      ))}
    </ul>
  );
}

function Go({ node, title, onGo }: { node: number; title: string; onGo: (node: number) => void }) {
  return (
    <button type="button" className="flex-none text-accent hover:underline" onClick={() => onGo(node)}>
      {title}
    </button>
  );
}
