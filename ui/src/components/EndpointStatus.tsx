import { CircleStop, Network } from "lucide-react";
import type { EndpointState } from "@/lib/api";
import { Status, type StatusTone } from "./Status";

const LOOK: Record<EndpointState, { tone: StatusTone; word: string }> = {
  starting: { tone: "live", word: "Starting" },
  running: { tone: "ok", word: "Running" },
  failed: { tone: "bad", word: "Failed" },
  stopped: { tone: "idle", word: "Stopped" },
  elsewhere: { tone: "ok", word: "Elsewhere" },
};

/** The state of an endpoint, the same word and icon in the panel, on cards and in monitoring. */
export function EndpointStatus({ state, iconOnly }: { state: EndpointState; iconOnly?: boolean }) {
  const { tone, word } = LOOK[state];
  const icon = state === "stopped" ? CircleStop : state === "elsewhere" ? Network : undefined;
  return (
    <Status tone={tone} icon={icon} iconOnly={iconOnly} data-testid="endpoint-state">
      {word}
    </Status>
  );
}
