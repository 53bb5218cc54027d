// Lays out one graph with one library and prints how long that took: node peer.mjs dagre|elk GRAPH.json
import { readFileSync } from "node:fs";

const [library, file] = process.argv.slice(2);
const graph = JSON.parse(readFileSync(file, "utf8"));
const [width, height] = [160, 40];

const layouts = {
  async dagre() {
    const { default: dagre } = await import("@dagrejs/dagre");
    const drawn = new dagre.graphlib.Graph({ multigraph: true });
    drawn.setGraph({ rankdir: "TB" });
    drawn.setDefaultEdgeLabel(() => ({}));
    for (let node = 0; node < graph.nodes; node++) drawn.setNode(String(node), { width, height });
    graph.links.forEach(([from, to], at) => drawn.setEdge(String(from), String(to), {}, String(at)));
    return () => dagre.layout(drawn);
  },
  async elk() {
    const { default: ELK } = await import("elkjs");
    const elk = new ELK();
    const children = Array.from({ length: graph.nodes }, (_, node) => ({ id: String(node), width, height }));
    const edges = graph.links.map(([from, to], at) => ({ id: `e${at}`, sources: [String(from)], targets: [String(to)] }));
    const layoutOptions = { "elk.algorithm": "layered", "elk.direction": "DOWN" };
    return () => elk.layout({ id: "root", layoutOptions, children, edges });
  },
};

const run = await layouts[library]();
const began = performance.now();
await run();
console.log(JSON.stringify({ ms: performance.now() - began }));
