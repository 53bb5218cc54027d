import { FileUp, Play, Save, Square } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/components/Button";
import { Select } from "@/components/Select";
import { TextInput } from "@/components/TextInput";
import { api, type BenchmarkReport } from "@/lib/api";

import { type Draft, fileName, LOADS, needsText } from "./settings";

const UNITS = [
  { value: "s", label: "seconds" },
  { value: "ms", label: "milliseconds" },
  { value: "us", label: "microseconds" },
  { value: "ns", label: "nanoseconds" },
] as const;

const LEVELS = [
  { value: "all", label: "All" },
  { value: "extended", label: "Extended" },
  { value: "basic", label: "Basic" },
  { value: "off", label: "Off" },
] as const;

type Props = {
  draft: Draft;
  problems: Partial<Record<keyof Draft, string>>;
  others: number[];
  running: boolean;
  last: BenchmarkReport | null;
  onChange: (part: Partial<Draft>) => void;
  onRun: () => void;
  onCancel: () => void;
  onSave: () => void;
};

/** Which load to put on the model, and how it is loaded. */
export function BenchmarkForm({ draft, problems, others, running, last, onChange, onRun, onCancel, onSave }: Props) {
  const text = (field: keyof Draft & string, label: string, unit?: string) => (
    <Row label={label} problem={problems[field]}>
      <TextInput
        size={28}
        aria-label={label}
        value={String(draft[field] ?? "")}
        onChange={(value) => onChange({ [field]: value })}
        disabled={running}
        invalid={Boolean(problems[field])}
        data-testid={`benchmark-${field}`}
        trailing={unit && <span className="flex-none text-fg-3 text-label">{unit}</span>}
      />
    </Row>
  );
  return (
    <aside className="flex w-66 flex-none flex-col border-line border-r">
      <div className="flex min-h-0 flex-1 flex-col gap-2 overflow-y-auto overflow-x-hidden p-3">
        <h3 className="font-semibold">Scenario</h3>
        <Row label="Load">
          <Select
            label="Load"
            options={LOADS}
            value={draft.kind}
            disabled={running}
            onChange={(kind) => onChange({ kind })}
            data-testid="benchmark-load"
          />
        </Row>
        {draft.kind === "server" && text("rate", "Target rate", "per s")}
        {draft.kind === "multiStream" && text("samplesPerQuery", "In one query", "samples")}
        {draft.kind === "replay" && <Arrivals draft={draft} problem={problems.arrivals} onChange={onChange} />}
        {draft.kind === "replay" && text("speed", "Speed", "times")}
        {text("samples", "Samples", draft.against === "none" ? "at most" : "each")}
        <p className="-mt-1 text-balance pl-21 text-fg-3 text-label" data-testid="benchmark-needs">
          {needsText(draft, last)}
        </p>
        {text("seconds", "Time limit", "s")}
        {text("rows", "Inputs", draft.rows.trim() === "" ? "the example" : "generated rows")}
        <Against draft={draft} others={others} running={running} onChange={onChange} />
        {draft.against !== "none" && text("margin", "Same within", "%")}
        <h3 className="-mx-3 mt-1 border-line-2 border-t px-3 pt-2.5 font-semibold">Engine</h3>
        {text("threads", "Threads", "in one run")}
        {text("sessions", "Sessions", "at once")}
        <Row label="Graph opt.">
          <Select
            label="Graph optimisation"
            options={LEVELS}
            value={draft.optimisation}
            disabled={running}
            onChange={(optimisation) => onChange({ optimisation })}
          />
        </Row>
      </div>
      <footer className="flex flex-none gap-2 border-line border-t p-3">
        {running ? (
          <Button size={28} icon={Square} className="flex-1!" data-testid="benchmark-cancel" onClick={onCancel}>
            Cancel
          </Button>
        ) : (
          <Button
            size={28}
            variant={last ? "default" : "primary"}
            icon={Play}
            className="flex-1!"
            disabled={Object.keys(problems).length > 0}
            data-testid="benchmark-run"
            onClick={onRun}
          >
            {last ? "Run again" : "Run benchmark"}
          </Button>
        )}
        {last && !running && (
          <Button size={28} icon={Save} data-testid="benchmark-save" onClick={onSave}>
            Report
          </Button>
        )}
      </footer>
    </aside>
  );
}

function Row({ label, problem, children }: { label: string; problem?: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[76px_minmax(0,1fr)] items-center gap-x-2 gap-y-1">
      <span className="text-fg-2">{label}</span>
      {children}
      {problem && (
        <p role="alert" className="col-start-2 text-bad text-label">
          {problem}
        </p>
      )}
    </div>
  );
}

type PartProps = { draft: Draft; onChange: (part: Partial<Draft>) => void };

function Arrivals({ draft, problem, onChange }: PartProps & { problem?: string }) {
  const { arrivals } = draft;
  const pick = async () => {
    const path = await api.pickArrivalsFile();
    if (path) onChange({ arrivals: { column: "", unit: "s", ...arrivals, path } });
  };
  return (
    <>
      <Row label="Arrivals" problem={problem}>
        <Button size={28} icon={FileUp} onClick={() => void pick()} title={arrivals?.path}>
          <span className="truncate">{arrivals ? fileName(arrivals.path) : "Choose a file"}</span>
        </Button>
      </Row>
      {arrivals && (
        <>
          <Row label="Column">
            <TextInput
              size={28}
              aria-label="Column of times"
              placeholder="first of numbers"
              value={arrivals.column}
              onChange={(column) => onChange({ arrivals: { ...arrivals, column } })}
            />
          </Row>
          <Row label="Counts">
            <Select
              label="What the times count"
              options={UNITS}
              value={arrivals.unit}
              onChange={(unit) => onChange({ arrivals: { ...arrivals, unit } })}
            />
          </Row>
        </>
      )}
    </>
  );
}

function Against({ draft, others, running, onChange }: PartProps & { others: number[]; running: boolean }) {
  const known = draft.against === "none" || /^version \d+$/.test(draft.against);
  const options = [
    { value: "none", label: "Nothing" },
    ...others.map((version) => ({ value: `version ${version}`, label: `v${version}` })),
    ...(known ? [] : [{ value: draft.against, label: fileName(draft.against) }]),
    { value: "file", label: "A file..." },
  ];
  const choose = async (value: string) => {
    const path = value === "file" ? await api.pickModelFile() : value;
    if (path) onChange({ against: path });
  };
  return (
    <Row label="Compare">
      <Select
        label="Compare with"
        options={options}
        value={draft.against}
        disabled={running}
        onChange={(value) => void choose(value)}
        data-testid="benchmark-against"
      />
    </Row>
  );
}
