import { useQuery } from "@tanstack/react-query";
import { Anchor, RadioTower } from "lucide-react";
import { Button } from "@/components/Button";
import { StageChip } from "@/components/StageChip";
import { openDeploy } from "@/lib/desk";
import { modelVersionQuery } from "@/lib/queries";
import { inspect, openEndpoint } from "@/lib/view";

/** Where a version stands, and the next thing to do with it once the lab has shown what it is worth. */
export function LabActions({ name, version }: { name: string; version: number }) {
  const { data } = useQuery(modelVersionQuery(name, version));
  if (!data) return null;
  const live = data.endpoint?.state === "running" ? data.endpoint.name : null;
  const goLive = (endpoint: string) => {
    inspect(null);
    openEndpoint(endpoint, "deployment");
  };
  return (
    <>
      <StageChip stage={data.version.stage} />
      {live ? (
        <Button icon={RadioTower} onClick={() => goLive(live)}>
          Live on {live}
        </Button>
      ) : (
        <Button variant="primary" icon={Anchor} data-testid="lab-deploy" onClick={() => openDeploy(name, version)}>
          Deploy v{version} to staging
        </Button>
      )}
    </>
  );
}
