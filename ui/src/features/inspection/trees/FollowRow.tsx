import { ChevronLeft, ChevronRight, Footprints } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/Button";
import { ErrorLine } from "@/components/ErrorLine";
import { IconButton } from "@/components/IconButton";
import { Segmented } from "@/components/Segmented";
import { Select } from "@/components/Select";
import { Status } from "@/components/Status";
import { TextArea } from "@/components/TextArea";
import { TextInput } from "@/components/TextInput";
import type { DrydockError, EnsembleSummary, FollowedRow, RowSource } from "@/lib/api";
import { formatInteger } from "@/lib/format";
import { agreement, formatValue, targetName } from "./words";

export type RowChoice = { rows: RowSource; row: number };

type Props = {
  ensemble: EnsembleSummary;
  /** The logged input example, where the version has one. */
  example: string | null;
  followed: FollowedRow | null;
  busy: boolean;
  error: DrydockError | null;
  choice: RowChoice | null;
  target: number;
  onFollow: (choice: RowChoice) => void;
  onTarget: (target: number) => void;
};

type Kind = "example" | "values" | "generated";

/** Which row to follow, and whether the runtime agrees with what the trees gave. */
export function FollowRow({ ensemble, example, followed, busy, error, choice, target, onFollow, onTarget }: Props) {
  const [kind, setKind] = useState<Kind>(example ? "example" : "generated");
  const [text, setText] = useState("");
  const [seed, setSeed] = useState("7");
  const kinds = [
    ...(example ? [{ value: "example", label: "Logged example" } as const] : []),
    { value: "generated", label: "Generated" } as const,
    { value: "values", label: "Values" } as const,
  ];
  const seedNumber = /^\d{1,15}$/.test(seed.trim()) ? Number(seed) : null;
  const rows: RowSource | null =
    kind === "example" && example
      ? { kind: "text", text: example }
      : kind === "values"
        ? text.trim() === ""
          ? null
          : { kind: "text", text }
        : seedNumber === null
          ? null
          : { kind: "generated", seed: seedNumber };
  const same = choice !== null && JSON.stringify(choice.rows) === JSON.stringify(rows);
  const rowOf = same ? choice.row : 0;
  return (
    <section className="flex flex-none flex-col gap-2 border-line border-b px-4 py-3" data-testid="follow-row">
      <div className="flex items-center gap-2">
        <h3 className="font-semibold text-head">Follow a row</h3>
        <span className="ml-auto">
          <Segmented label="Where the row comes from" options={kinds} value={kind} onChange={setKind} />
        </span>
      </div>
      {kind === "values" && (
        <TextArea
          mono
          rows={3}
          value={text}
          onChange={setText}
          aria-label="Values of the row"
          data-testid="follow-values"
          placeholder={`${ensemble.featuresNeeded} or more numbers between commas, tabs or spaces; nan where a value is missing. Or JSON, as an input example has it.`}
        />
      )}
      <div className="flex items-center gap-2">
        {kind === "example" && !(followed && same && followed.rows > 1) && (
          <span className="truncate text-fg-3">logged with this version</span>
        )}
        {kind === "generated" && (
          <span className="flex items-center gap-2 text-fg-2">
            Seed
            <TextInput
              className="w-24"
              aria-label="Seed"
              value={seed}
              onChange={setSeed}
              invalid={seedNumber === null}
              mono
            />
          </span>
        )}
        {followed && same && followed.rows > 1 && (
          <span className="tnum flex items-center gap-1 text-fg-2">
            <IconButton
              icon={ChevronLeft}
              label="Previous row"
              disabled={rowOf === 0}
              onClick={() => onFollow({ rows: choice.rows, row: rowOf - 1 })}
            />
            row {formatInteger(rowOf + 1)} of {formatInteger(followed.rows)}
            <IconButton
              icon={ChevronRight}
              label="Next row"
              disabled={rowOf + 1 >= followed.rows}
              onClick={() => onFollow({ rows: choice.rows, row: rowOf + 1 })}
            />
          </span>
        )}
        <Button
          className="ml-auto"
          icon={Footprints}
          busy={busy}
          disabled={rows === null}
          data-testid="follow-start"
          onClick={() => rows && onFollow({ rows, row: 0 })}
        >
          Follow row
        </Button>
      </div>
      {error && <ErrorLine title="The row could not be followed" error={error} data-testid="follow-error" />}
      {followed && <Result ensemble={ensemble} followed={followed} target={target} onTarget={onTarget} />}
    </section>
  );
}

type ResultProps = {
  ensemble: EnsembleSummary;
  followed: FollowedRow;
  target: number;
  onTarget: (target: number) => void;
};

function Result({ ensemble, followed, target, onTarget }: ResultProps) {
  const outputs = followed.path.outputs;
  const shown = outputs.length === 1 ? 0 : Math.min(target, outputs.length - 1);
  const choices = Array.from({ length: ensemble.targets }, (_, index) => ({
    value: String(index),
    label: targetName(ensemble, index),
  }));
  return (
    <div className="flex flex-col gap-2" data-testid="follow-result">
      {ensemble.targets > 1 && (
        <div className="flex items-center gap-2 text-fg-2">
          Shown for
          <Select
            size={24}
            label="Output that is shown"
            className="w-36"
            options={choices}
            value={String(target)}
            onChange={(value) => onTarget(Number(value))}
          />
          {followed.path.label !== null && <span className="truncate">label {followed.path.label}</span>}
        </div>
      )}
      <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-card border border-line bg-line">
        <Figure label="The trees give" value={outputs[shown]} note={howText(ensemble, followed, shown)} />
        <Figure
          label={`ONNX Runtime ${followed.runtimeVersion} gives`}
          value={followed.runtimeOutputs[shown]}
          note={followed.runtimeLabel === null ? followed.elementType : `label ${followed.runtimeLabel}`}
        />
      </dl>
      <Status tone={followed.equal ? "ok" : "bad"} data-testid="follow-verdict">
        {outputs.length > 1 ? `all ${outputs.length} outputs ` : ""}
        {agreement(followed)}
      </Status>
    </div>
  );
}

/** From the sum of the trees to the output. */
function howText(ensemble: EnsembleSummary, followed: FollowedRow, output: number): string {
  const raw = followed.path.raw[followed.path.raw.length === 1 ? 0 : output];
  const transform = ensemble.runtimeTransform ?? ensemble.postTransform;
  const base = ensemble.baseValues.length > 0 ? " with base value" : "";
  const sum = `${ensemble.aggregate === "SUM of votes" ? "sum" : ensemble.aggregate.toLowerCase()}${base} ${formatValue(raw)}`;
  return ensemble.postTransformApplies ? `${sum}, then ${transform}` : sum;
}

function Figure({ label, value, note }: { label: string; value: number | null | undefined; note: string }) {
  return (
    <div className="min-w-0 bg-panel px-2.5 py-1.5">
      <dt className="truncate text-fg-3 text-label">{label}</dt>
      <dd className="tnum selectable truncate font-semibold text-head" title={String(value)}>
        {value == null ? "NaN" : exact(value)}
      </dd>
      <dd className="tnum truncate text-fg-3 text-label" title={note}>
        {note}
      </dd>
    </div>
  );
}

/** Nine digits tell any two floats apart. */
const exact = (value: number) => String(Number(value.toPrecision(9))).replace("-", "−");
