export { FirstRun } from "./FirstRun";
export { LogToMeCard, LogToMeDialog } from "./LogToMe";
