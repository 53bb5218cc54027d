import { useQuery } from "@tanstack/react-query";
import { gateReportsQuery } from "@/features/gates/queries";
import { passed } from "@/features/gates/words";
import type { InspectSource } from "@/lib/view";

/** "Gates 9 of 9": what the last run of a version's gates found. */
export function GatesTally({ source }: { source: InspectSource }) {
  return (
    <>
      Gates
      {"name" in source && <Tally name={source.name} version={source.version} />}
    </>
  );
}

function Tally({ name, version }: { name: string; version: number }) {
  const last = useQuery(gateReportsQuery(name, version)).data?.[0];
  if (!last) return null;
  return (
    <span className="tnum font-normal text-fg-3 text-label">
      {passed(last.checks)} of {last.checks.length}
    </span>
  );
}
