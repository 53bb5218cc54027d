export { ServerCard } from "./ServerCard";
export { StatusBar } from "./StatusBar";
export { WorkspaceMenu } from "./WorkspaceMenu";
export { WorkspaceProblem } from "./WorkspaceProblem";
