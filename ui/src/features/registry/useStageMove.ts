import { useState } from "react";
import type { DrydockError, ModelVersion, Stage } from "@/lib/api";
import { usePromote } from "./queries";

/**
 * A move that the diagram does not light is still put to the server: its policy decides, and its refusal names the
 * legal moves. The window never invents a rule of its own.
 */
export function useStageMove() {
  const promote = usePromote();
  const [refusal, setRefusal] = useState<{ version: number; to: Stage; error: DrydockError } | null>(null);
  const attempt = async (version: ModelVersion, to: Stage) => {
    setRefusal(null);
    try {
      await promote.mutateAsync({ name: version.name, version: version.version, to, reason: "" });
    } catch (error) {
      setRefusal({ version: version.version, to, error: error as DrydockError });
    }
  };
  return { attempt, refusal, clear: () => setRefusal(null) };
}
