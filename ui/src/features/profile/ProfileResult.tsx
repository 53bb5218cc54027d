import { Info } from "lucide-react";
import { useState } from "react";
import { Card } from "@/components/Card";
import type { ProfileReport } from "@/lib/api";
import { Facts } from "./Facts";
import { MemoryCard } from "./MemoryCard";
import { NodeTable } from "./NodeTable";
import { OpBars } from "./OpBars";
import { PlacementCard } from "./PlacementCard";
import type { InspectSource } from "./source";
import { Timeline } from "./Timeline";

type Props = { report: ProfileReport; source: InspectSource; stale: boolean };

/** The run as a whole, by operator, in time, node by node. */
export function ProfileResult({ report, source, stale }: Props) {
  const [hovered, setHovered] = useState<number | null>(null);
  return (
    <div className={`flex min-h-0 flex-1 flex-col gap-2 p-2 ${stale ? "opacity-60" : ""}`} data-testid="profile-result">
      <Facts report={report} source={source} />
      {report.notes.map((note) => (
        <p key={note} className="flex flex-none items-center gap-1.5 px-1 text-warn">
          <Info size={12} aria-hidden /> {note}
        </p>
      ))}
      <div className="flex min-h-0 flex-1 gap-2">
        <div className="flex min-h-0 min-w-0 flex-1 flex-col gap-2">
          <Timeline report={report} hovered={hovered} onHover={setHovered} />
          <Card className="flex min-h-40 flex-1 flex-col">
            <NodeTable report={report} source={source} hovered={hovered} onHover={setHovered} />
          </Card>
        </div>
        <div className="flex w-80 flex-none flex-col gap-2 overflow-y-auto">
          <OpBars report={report} />
          <PlacementCard report={report} />
          <MemoryCard memory={report.memory} />
        </div>
      </div>
    </div>
  );
}
