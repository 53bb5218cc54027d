import { useQuery } from "@tanstack/react-query";
import { ArrowRight, Box, FlaskConical, type LucideIcon, PackageCheck, RadioTower } from "lucide-react";
import { Fragment, type ReactNode } from "react";
import type { ModelVersion } from "@/lib/api";
import { cx } from "@/lib/cx";
import { shortDigest } from "@/lib/format";
import { endpointsQuery } from "@/lib/queries";
import { openEndpoint, openRun } from "@/lib/view";
import { RunName } from "./RunName";
import { Section } from "./Section";

type Step = {
  key: string;
  icon: LucideIcon;
  kind: string;
  name: ReactNode;
  note: string;
  /** The note is an id or a digest. */
  mono?: boolean;
  title?: string;
  absent?: boolean;
  here?: boolean;
  onOpen?: () => void;
};

/** "models:/m-00fb8673" names a logged model; a version made from plain run artifacts has none. */
export function loggedModelId(source: string): string | null {
  return source.match(/(?:^models:\/|\/models\/)(m-[0-9a-z]+)/)?.[1] ?? null;
}

/** Where the version came from and where it answers; a step that does not exist is left out, a missing endpoint is dashed. */
export function Lineage({ version }: { version: ModelVersion }) {
  const endpoints = useQuery(endpointsQuery());
  const ofModel = (endpoints.data ?? []).filter((endpoint) => endpoint.modelName === version.name);
  const serving = ofModel.find((endpoint) => endpoint.version === version.version);
  const other = ofModel[0];
  const modelId = loggedModelId(version.source);
  const steps: Step[] = [];
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
      note: "artifacts",
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
  steps.push(
    serving
      ? {
          key: "endpoint",
          icon: RadioTower,
          kind: "Endpoint",
          name: serving.name,
          note: serving.address ?? serving.state,
          onOpen: () => openEndpoint(serving.name, "deployment"),
        }
      : {
          key: "endpoint",
          icon: RadioTower,
          kind: "Endpoint",
          name: "not deployed",
          note: other ? `${other.environment} runs v${other.version}` : "nothing runs",
          absent: true,
        },
  );
  return (
    <Section title="Lineage" sub="what this version was made from, and where it answers" data-testid="lineage">
      <ol className="flex items-center gap-1.5">
        {steps.map((step, index) => (
          <Fragment key={step.key}>
            {index > 0 && <ArrowRight size={14} className="text-fg-3" aria-hidden />}
            <LineageStep step={step} />
          </Fragment>
        ))}
      </ol>
    </Section>
  );
}

function LineageStep({ step }: { step: Step }) {
  const { icon: Icon } = step;
  const body = (
    <>
      <span className="flex items-center gap-1.5 text-fg-3 text-label">
        <Icon size={12} aria-hidden />
        {step.kind}
      </span>
      <span className={cx("block truncate font-medium leading-[18px]", step.absent && "text-fg-2")}>{step.name}</span>
      <span
        className={cx("block truncate text-fg-3", step.mono ? "mono" : "text-label")}
        title={step.title ?? step.note}
      >
        {step.note}
      </span>
    </>
  );
  const look = cx(
    "min-w-0 max-w-50 flex-1 rounded-card border px-2.5 pt-1 pb-1.5 text-left",
    step.absent ? "border-outline border-dashed" : step.here ? "border-accent bg-accent-weak" : "border-line bg-panel",
  );
  return (
    <li className="contents">
      {step.onOpen ? (
        <button type="button" onClick={step.onOpen} className={cx(look, "hover:bg-hover")}>
          {body}
        </button>
      ) : (
        <div className={look}>{body}</div>
      )}
    </li>
  );
}
