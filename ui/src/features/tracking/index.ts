export { ExperimentsTree } from "./browser/ExperimentsTree";
export { RunsCount, RunsList } from "./browser/RunsList";
export { CompareRuns } from "./compare/CompareRuns";
export { RunInspector } from "./inspector/RunInspector";
export { RunsWorkbench } from "./RunsWorkbench";
export { openedRun } from "./state";
export { TrashPage } from "./trash/TrashPage";
