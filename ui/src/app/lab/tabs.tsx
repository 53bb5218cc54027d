import {
  ChartGantt,
  Gauge,
  GitCompareArrows,
  Layers3,
  List,
  ListChecks,
  type LucideIcon,
  Network,
  Play,
  Scale,
  ScanText,
  Timer,
  Workflow,
} from "lucide-react";
import type { ReactNode } from "react";
import { BenchmarkBench } from "@/features/benchmark/BenchmarkBench";
import { DiffBench } from "@/features/diff/DiffBench";
import { GatesBench } from "@/features/gates/GatesBench";
import { CostBench } from "@/features/inspection/cost/CostBench";
import { GraphView } from "@/features/inspection/graph/GraphView";
import { Initializers } from "@/features/inspection/Initializers";
import { Nodes } from "@/features/inspection/Nodes";
import { Overview } from "@/features/inspection/Overview";
import { TreesBench } from "@/features/inspection/trees/TreesBench";
import { ProfileBench } from "@/features/profile/ProfileBench";
import { ProveBench } from "@/features/prove/ProveBench";
import { RunBench } from "@/features/run/RunBench";
import type { ModelReport } from "@/lib/api";
import type { InspectSource, LabTab } from "@/lib/view";
import { GatesTally } from "./GatesTally";

type Bench = { value: LabTab; label: ReactNode; icon: LucideIcon; count?: number; content: () => ReactNode };

/** The benches in the order of the work: see it, run it, prove it, measure it, gate it. */
export const labTabs = (source: InspectSource, report: ModelReport): Bench[] => [
  { value: "overview", label: "Overview", icon: ScanText, content: () => <Overview report={report} source={source} /> },
  { value: "graph", label: "Graph", icon: Workflow, content: () => <GraphView source={source} /> },
  { value: "nodes", label: "Nodes", icon: List, count: report.nodeCount, content: () => <Nodes report={report} /> },
  {
    value: "weights",
    label: "Initializers",
    icon: Layers3,
    count: report.initializerCount,
    content: () => <Initializers report={report} source={source} />,
  },
  ...(hasTrees(report)
    ? [{ value: "trees" as const, label: "Trees", icon: Network, content: () => <TreesBench source={source} /> }]
    : []),
  { value: "cost", label: "Cost", icon: Gauge, content: () => <CostBench source={source} /> },
  { value: "diff", label: "Diff", icon: GitCompareArrows, content: () => <DiffBench source={source} /> },
  { value: "run", label: "Run", icon: Play, content: () => <RunBench source={source} /> },
  { value: "prove", label: "Prove", icon: Scale, content: () => <ProveBench source={source} /> },
  { value: "benchmark", label: "Benchmark", icon: Timer, content: () => <BenchmarkBench source={source} /> },
  { value: "profile", label: "Profile", icon: ChartGantt, content: () => <ProfileBench source={source} /> },
  {
    value: "gates",
    label: <GatesTally source={source} />,
    icon: ListChecks,
    content: () => <GatesBench source={source} />,
  },
];

const hasTrees = (report: ModelReport) =>
  report.ops.some((op) => op.domain === "ai.onnx.ml" && op.op.startsWith("TreeEnsemble"));
