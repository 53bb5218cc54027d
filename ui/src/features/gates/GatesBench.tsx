import type { InspectSource } from "@/lib/view";
import { FileGates } from "./FileGates";
import { VersionGates } from "./VersionGates";

/** What must hold before it is deployed, and whether it does. */
export function GatesBench({ source }: { source: InspectSource }) {
  return "name" in source ? (
    <VersionGates key={`${source.name} ${source.version}`} name={source.name} version={source.version} />
  ) : (
    <FileGates source={source} />
  );
}
