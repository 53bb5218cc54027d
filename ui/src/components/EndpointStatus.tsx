import { CircleStop } from "lucide-react";
import type { EndpointState } from "@/lib/api";
import { Status } from "./Status";

/** The state of an endpoint, the same word and icon in the panel, on cards and in monitoring. */
export function EndpointStatus({ state, iconOnly }: { state: EndpointState; iconOnly?: boolean }) {
  if (state === "running")
    return (
      <Status tone="ok" iconOnly={iconOnly} data-testid="endpoint-state">
        Running
      </Status>
    );
  if (state === "starting")
    return (
      <Status tone="live" iconOnly={iconOnly} data-testid="endpoint-state">
        Starting
      </Status>
    );
  if (state === "failed")
    return (
      <Status tone="bad" iconOnly={iconOnly} data-testid="endpoint-state">
        Failed
      </Status>
    );
  return (
    <Status tone="idle" icon={CircleStop} iconOnly={iconOnly} data-testid="endpoint-state">
      Stopped
    </Status>
  );
}
