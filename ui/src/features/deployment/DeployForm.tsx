import { useQuery } from "@tanstack/react-query";
import { Box, PackageCheck } from "lucide-react";
import type { RefObject } from "react";
import { Checkbox } from "@/components/Checkbox";
import { Field } from "@/components/Field";
import { Select } from "@/components/Select";
import { TextInput } from "@/components/TextInput";
import type { DeploymentPlan } from "@/lib/api";
import { spoken } from "./gates";
import { modelQuery, modelsQuery } from "./queries";

type Props = {
  name: string | null;
  version: number | null;
  reason: string;
  reasonInput: RefObject<HTMLInputElement | null>;
  locked: boolean;
  /** Gates without an answer; deploying needs an explicit tick and a reason. */
  missing: readonly string[];
  waiver: string | null;
  plan: DeploymentPlan | undefined;
  onWaive: (waiver: string | null) => void;
  onChoose: (name: string | null, version: number | null) => void;
  onReason: (reason: string) => void;
};

/** What to deploy, and why. */
export function DeployForm({
  name,
  version,
  reason,
  reasonInput,
  locked,
  missing,
  waiver,
  plan,
  onWaive,
  onChoose,
  onReason,
}: Props) {
  const models = useQuery(modelsQuery());
  const model = useQuery({ ...modelQuery(name ?? ""), enabled: name !== null });
  const modelOptions = (models.data ?? [])
    .filter((each) => each.versionCount > 0)
    .map((each) => ({ value: each.name, label: each.name, detail: `v${each.latestVersion}` }));
  const versionOptions = [...(model.data?.versions ?? [])]
    .sort((a, b) => b.version - a.version)
    .map((each) => ({
      value: String(each.version),
      label: `v${each.version}`,
      detail: [each.runName, each.stage].filter(Boolean).join(", "),
    }));
  return (
    <form
      className="flex w-88 flex-none flex-col gap-3 border-line border-r p-4"
      onSubmit={(event) => event.preventDefault()}
    >
      <Field label="Model">
        {({ id }) => (
          <Select
            id={id}
            options={modelOptions}
            value={name}
            disabled={locked}
            placeholder="Choose a model"
            icon={<Box size={14} className="text-fg-3" aria-hidden />}
            data-testid="deploy-model"
            onChange={(next) => onChoose(next, null)}
          />
        )}
      </Field>
      <Field label="Version">
        {({ id }) => (
          <Select
            id={id}
            options={versionOptions}
            value={version === null ? null : String(version)}
            disabled={locked || name === null}
            placeholder="Choose a version"
            icon={<PackageCheck size={14} className="text-fg-3" aria-hidden />}
            data-testid="deploy-version"
            onChange={(next) => onChoose(name, Number(next))}
          />
        )}
      </Field>
      {plan && (
        <div>
          <p className="font-medium">Endpoint</p>
          <p className="mono selectable mt-1.5" data-testid="deploy-endpoint">
            {plan.endpointName}
          </p>
          <p className="text-fg-3 text-label">Open Inference and /invocations, on loopback only</p>
        </div>
      )}
      <Field label="Reason" hint="Kept with the deployment and in the stage history.">
        {(control) => (
          <TextInput
            {...control}
            ref={reasonInput}
            size={28}
            value={reason}
            disabled={locked}
            onChange={onReason}
            data-testid="reason-input"
          />
        )}
      </Field>
      {missing.length > 0 && (
        <Waiver label={`Deploy without ${spoken(missing)}`} reason={waiver} disabled={locked} onChange={onWaive} />
      )}
    </form>
  );
}

type WaiverProps = {
  label: string;
  /** Null while it is not ticked. */
  reason: string | null;
  disabled: boolean;
  onChange: (reason: string | null) => void;
};

/** A tick that asks why: what was not proven is deployed only with a reason that is kept. */
function Waiver({ label, reason, disabled, onChange }: WaiverProps) {
  const ticked = reason !== null;
  const toggle = (checked: boolean) => onChange(checked ? "" : null);
  return (
    <div className="rounded-card bg-warn-weak p-2.5">
      <div className="flex items-center gap-2">
        <Checkbox
          label={label}
          checked={ticked}
          disabled={disabled}
          onChange={toggle}
          data-testid="allow-inconclusive"
        />
        <span aria-hidden className="font-medium" onClick={() => !disabled && toggle(!ticked)}>
          {label}
        </span>
      </div>
      <p className="mt-1 text-fg-2 text-label">
        Inconclusive is not a pass: the evidence is missing. The waiver is audited and kept with the deployment.
      </p>
      {ticked && (
        <div className="mt-2">
          <TextInput
            aria-label="Why it is waived"
            placeholder="Why"
            size={28}
            value={reason}
            disabled={disabled}
            onChange={onChange}
            data-testid="waiver-input"
          />
        </div>
      )}
    </div>
  );
}
