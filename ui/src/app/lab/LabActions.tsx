import { useQuery } from "@tanstack/react-query";
import { Anchor, GitCompareArrows, RadioTower } from "lucide-react";
import { Button } from "@/components/Button";
import { StageChip } from "@/components/StageChip";
import { openDeploy } from "@/lib/desk";
import { modelQuery, modelVersionQuery } from "@/lib/queries";
import { inspect, inspectDiff, openEndpoint } from "@/lib/view";

/** Where a version stands, and the next thing to do with it once the lab has shown what it is worth. */
export function LabActions({ name, version }: { name: string; version: number }) {
  const { data } = useQuery(modelVersionQuery(name, version));
  const model = useQuery(modelQuery(name));
  if (!data) return null;
  const base = diffBase(model.data?.versions ?? [], version);
  const live = data.endpoint?.state === "running" ? data.endpoint.name : null;
  const goLive = (endpoint: string) => {
    inspect(null);
    openEndpoint(endpoint, "deployment");
  };
  return (
    <>
      <StageChip stage={data.version.stage} />
      {base !== null && (
        <Button
          icon={GitCompareArrows}
          data-testid="lab-diff"
          onClick={() => inspectDiff({ name, version }, { name, version: base })}
        >
          Diff with v{base}
        </Button>
      )}
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

/** What is in production, else the version before. */
function diffBase(versions: readonly { version: number; stage: string }[], version: number): number | null {
  const live = versions.find((each) => each.stage === "Production" && each.version !== version);
  const before = versions.filter((each) => each.version < version).map((each) => each.version);
  return live?.version ?? (before.length > 0 ? Math.max(...before) : null);
}
