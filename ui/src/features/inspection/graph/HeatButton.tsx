import { useQueryClient } from "@tanstack/react-query";
import { Flame } from "lucide-react";
import { useState } from "react";
import { IconButton } from "@/components/IconButton";
import { toast } from "@/components/Toast";
import { nodeShares, sameSource } from "@/lib/nodeShares";
import { useSignal } from "@/lib/signal";
import type { InspectSource } from "@/lib/view";
import { chosenDims, costQuery, NO_DIMS } from "../cost/queries";
import { flopShares } from "../cost/words";

/** Shows what part of a whole each box has, or hides it. What a bench has put there stays; else it is the operations. */
export function HeatButton({ source }: { source: InspectSource }) {
  const client = useQueryClient();
  const shared = useSignal(nodeShares);
  const [counting, setCounting] = useState(false);
  const shown = shared !== null && sameSource(shared.source, source);
  const toggle = async () => {
    if (shown) return nodeShares.set(null);
    setCounting(true);
    const chosen = chosenDims.get();
    const dims = chosen && sameSource(chosen.source, source) ? chosen.dims : NO_DIMS;
    try {
      nodeShares.set(flopShares(source, await client.fetchQuery(costQuery(source, dims))));
    } catch (error) {
      toast.error("The cost could not be counted", error);
    } finally {
      setCounting(false);
    }
  };
  return (
    <>
      <IconButton
        icon={Flame}
        label={shown ? `Hide shares of ${shared.of}` : "Show the share of FLOPs"}
        pressed={shown}
        disabled={counting}
        onClick={() => void toggle()}
      />
      {shown && <span className="pr-2 pl-1 text-fg-2 text-label">share of {shared.of}</span>}
    </>
  );
}
