import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { Box, FlaskConical, PackageCheck, RadioTower } from "lucide-react";
import { type LineageStep, LineageStrip } from "@/components/LineageStrip";
import type { Endpoint, ModelVersion } from "@/lib/api";
import { openArtifact } from "@/lib/desk";
import { shortDigest } from "@/lib/format";
import { endpointsQuery, modelVersionQuery } from "@/lib/queries";
import { openEndpoint, openRun } from "@/lib/view";
import { RunName } from "./RunName";
import { Section } from "./Section";

/** "models:/m-00fb8673" names a logged model; a version made from plain run artifacts has none. */
export function loggedModelId(source: string): string | null {
  return source.match(/(?:^models:\/|\/models\/)(m-[0-9a-z]+)/)?.[1] ?? null;
}

/** Where the version came from and where it answers; a step that does not exist is left out, a missing endpoint is dashed. */
export function Lineage({ version }: { version: ModelVersion }) {
  const { name, version: number } = version;
  const endpoints = useQuery(endpointsQuery());
  const detail = useQuery(modelVersionQuery(name, number));
  // The version's files are those of the logged model.
  const files = detail.data?.files ?? [];
  const file = files.find((each) => each.path === "MLmodel") ?? files[0];
  const modelId = loggedModelId(version.source);
  const steps: LineageStep[] = [];
  const { runId, experimentId } = version;
  if (runId) {
    steps.push({
      key: "run",
      icon: FlaskConical,
      kind: "Run",
      name: <RunName version={version} />,
      note: runId.slice(0, 12),
      mono: true,
      onOpen: experimentId ? () => openRun(experimentId, runId) : undefined,
    });
  }
  if (modelId) {
    steps.push({
      key: "logged",
      icon: Box,
      kind: "Logged model",
      name: modelId.slice(0, 14),
      note: file ? "open its files" : detail.data ? "no files here" : detail.error ? "files not read" : "…",
      onOpen: file && (() => openArtifact({ owner: { kind: "version", name, version: number }, path: file.path })),
    });
  }
  steps.push({
    key: "version",
    icon: PackageCheck,
    kind: "Version",
    name: `v${version.version}`,
    note: version.digest ? shortDigest(version.digest) : "no digest",
    title: version.digest ? `sha256 ${version.digest}` : undefined,
    mono: true,
    here: true,
  });
  steps.push(endpointStep(version, endpoints));
  return (
    <Section title="Lineage" sub="what this version was made from, and where it answers" data-testid="lineage">
      <LineageStrip steps={steps} />
    </Section>
  );
}

/** Where it answers; what has not been read is not called absent. */
function endpointStep(version: ModelVersion, endpoints: UseQueryResult<Endpoint[]>): LineageStep {
  const step = { key: "endpoint", icon: RadioTower, kind: "Endpoint" };
  if (!endpoints.data) {
    return endpoints.error
      ? {
          ...step,
          name: "not known",
          note: "endpoints could not be read",
          title: endpoints.error.message,
          absent: true,
        }
      : { ...step, name: "…", note: "reading the endpoints", absent: true };
  }
  const ofModel = endpoints.data.filter((endpoint) => endpoint.modelName === version.name);
  const serving = ofModel.find((endpoint) => endpoint.version === version.version);
  const other = ofModel[0];
  if (!serving) {
    const note = other ? `${other.environment} runs v${other.version}` : "nothing runs";
    return { ...step, name: "not deployed", note, absent: true };
  }
  const onOpen = () => openEndpoint(serving.name, "deployment");
  return { ...step, name: serving.name, note: serving.address ?? serving.state, onOpen };
}
