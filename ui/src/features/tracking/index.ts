export { ExperimentsTree } from "./browser/ExperimentsTree";
export { RunsCount, RunsList } from "./browser/RunsList";
export { RunInspector } from "./inspector/RunInspector";
export { RunsWorkbench } from "./RunsWorkbench";
export { openedRun } from "./state";
