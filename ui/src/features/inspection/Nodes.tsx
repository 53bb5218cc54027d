import { Search } from "lucide-react";
import { useDeferredValue, useMemo, useState } from "react";
import { TextInput } from "@/components/TextInput";
import type { ModelReport, NodeInfo } from "@/lib/api";
import { EMPTY, formatInteger } from "@/lib/format";
import { VirtualRows } from "./VirtualRows";
import { domainName } from "./words";

const COLUMNS = "132px minmax(0,1.2fr) minmax(0,1fr) minmax(0,1fr) minmax(0,1.1fr)";

/** Every word must occur in the node's operator, name, tensors or attributes. */
export function matchNodes(nodes: readonly NodeInfo[], query: string): readonly NodeInfo[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return nodes;
  return nodes.filter((node) => {
    const text = [node.op, node.name, node.domain, ...node.inputs, ...node.outputs, ...node.attributes.map(attribute)]
      .join(" ")
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

const attribute = (pair: { key: string; value: string }) => `${pair.key}=${pair.value}`;

/** The graph as a list, in its own order. */
export function Nodes({ report }: { report: ModelReport }) {
  const [query, setQuery] = useState("");
  const asked = useDeferredValue(query);
  const found = useMemo(() => matchNodes(report.nodes, asked), [report.nodes, asked]);
  const listed = report.nodes.length;
  return (
    <div className="flex h-full flex-col">
      <div className="flex h-9 flex-none items-center gap-3 px-4">
        <TextInput
          value={query}
          onChange={setQuery}
          icon={Search}
          aria-label="Search nodes"
          placeholder="Search operator, name, tensor, attribute"
          data-testid="node-search"
          className="w-72"
        />
        <span className="tnum text-fg-3 text-label" data-testid="node-count">
          {formatInteger(found.length)} of {formatInteger(report.nodeCount)} nodes
          {listed < report.nodeCount && `; the first ${formatInteger(listed)} are listed`}
        </span>
      </div>
      <VirtualRows
        rows={found}
        label="Nodes"
        columns={COLUMNS}
        rowKey={(_, index) => String(index)}
        empty={`No node contains "${query}".`}
        head={
          <>
            <span>Operator</span>
            <span>Name</span>
            <span>Inputs</span>
            <span>Outputs</span>
            <span>Attributes</span>
          </>
        }
      >
        {(node) => (
          <>
            <span className="truncate font-medium" title={`${domainName(node.domain)} ${node.op}`}>
              {node.op}
            </span>
            <Mono text={node.name} />
            <Mono text={node.inputs.join(", ")} quiet />
            <Mono text={node.outputs.join(", ")} quiet />
            <Mono text={node.attributes.map(attribute).join(" ")} quiet />
          </>
        )}
      </VirtualRows>
    </div>
  );
}

function Mono({ text, quiet }: { text: string; quiet?: boolean }) {
  return (
    <span className={`mono selectable truncate ${quiet || !text ? "text-fg-3" : "text-fg-2"}`} title={text}>
      {text || EMPTY}
    </span>
  );
}
