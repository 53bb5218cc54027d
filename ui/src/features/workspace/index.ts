export { CloseDialog } from "./CloseDialog";
export { ConnectionBar } from "./ConnectionBar";
export { ServerCard } from "./ServerCard";
export { StatusBar } from "./StatusBar";
export { WorkspaceMenu } from "./WorkspaceMenu";
export { WorkspaceOverlay } from "./WorkspaceOverlay";
export { WorkspaceProblem } from "./WorkspaceProblem";
