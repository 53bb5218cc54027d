import { Box, FlaskConical, PackageCheck, RadioTower } from "lucide-react";
import { type LineageStep, LineageStrip } from "@/components/LineageStrip";
import type { RunDetail } from "@/lib/api";
import { shortDigest } from "@/lib/format";
import { openEndpoint, openModel } from "@/lib/view";

/** Run, the model it logged, the version registered from it, the endpoint that answers. A step that is not yet there is dashed. */
export function lineageOf(
  { run, models, versions, endpoints }: RunDetail,
  onOpenArtifact: (path: string) => void,
): LineageStep[] {
  const logged = models.filter((model) => model.role === "output");
  const model = logged.find((each) => versions.some((version) => version.modelId === each.modelId)) ?? logged[0];
  const live = endpoints.find((endpoint) => endpoint.state === "running") ?? endpoints[0];
  const version = live
    ? versions.find((each) => each.name === live.modelName && each.version === live.version)
    : (versions.find((each) => each.stage === "Production") ?? versions[0]);
  const more = (count: number) => (count > 1 ? `, ${count - 1} more` : "");
  const steps: LineageStep[] = [
    {
      key: "run",
      icon: FlaskConical,
      kind: "Run",
      name: run.name,
      note: run.runId.slice(0, 12),
      mono: true,
      here: true,
    },
  ];
  const folder = model?.folder;
  if (model)
    steps.push({
      key: "logged",
      icon: Box,
      kind: "Logged model",
      name: model.name ?? "not in this workspace",
      note: `${model.deleted ? "deleted · " : ""}${model.modelId.slice(0, 12)}${more(logged.length)}`,
      mono: true,
      title: model.modelId,
      onOpen: folder ? () => onOpenArtifact(`${folder}/MLmodel`) : undefined,
    });
  steps.push(
    version
      ? {
          key: "version",
          icon: PackageCheck,
          kind: "Version",
          name: `${version.name} v${version.version}`,
          note: `${version.stage}${more(versions.length)} · ${shortDigest(version.digest)}`,
          onOpen: () => openModel(version.name, version.version),
        }
      : {
          key: "version",
          icon: PackageCheck,
          kind: "Version",
          name: "not registered",
          note: "no version yet",
          absent: true,
        },
  );
  if (version)
    steps.push(
      live
        ? {
            key: "endpoint",
            icon: RadioTower,
            kind: "Deployment",
            name: live.name,
            note: live.state,
            onOpen: () => openEndpoint(live.name, "deployment"),
          }
        : {
            key: "endpoint",
            icon: RadioTower,
            kind: "Deployment",
            name: "not deployed",
            note: "nothing runs",
            absent: true,
          },
    );
  return steps;
}

type Props = { detail: RunDetail; onOpenArtifact: (path: string) => void };

export function RunLineage({ detail, onOpenArtifact }: Props) {
  return (
    <section aria-label="Lineage" data-testid="run-lineage" className="border-line border-b bg-app px-3 py-2.5">
      <LineageStrip steps={lineageOf(detail, onOpenArtifact)} />
    </section>
  );
}
