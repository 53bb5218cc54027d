import type { ReactNode } from "react";
import { GraphView } from "@/features/inspection/graph/GraphView";
import { Initializers } from "@/features/inspection/Initializers";
import { Nodes } from "@/features/inspection/Nodes";
import { Overview } from "@/features/inspection/Overview";
import type { ModelReport } from "@/lib/api";
import type { InspectSource, LabTab } from "@/lib/view";

type Bench = { value: LabTab; label: string; count?: number; content: () => ReactNode };

/** The benches in the order of the work: see it, run it, prove it, measure it, gate it. */
export const labTabs = (source: InspectSource, report: ModelReport): Bench[] => [
  { value: "overview", label: "Overview", content: () => <Overview report={report} /> },
  { value: "graph", label: "Graph", content: () => <GraphView source={source} /> },
  { value: "nodes", label: "Nodes", count: report.nodeCount, content: () => <Nodes report={report} /> },
  {
    value: "weights",
    label: "Initializers",
    count: report.initializerCount,
    content: () => <Initializers report={report} />,
  },
];
