import { Play, Square } from "lucide-react";
import { Fragment, type ReactNode } from "react";
import { Button } from "@/components/Button";
import { Segmented } from "@/components/Segmented";
import type { Fingerprint } from "@/lib/api";
import { formatBytes } from "@/lib/format";

export type BenchmarkSettings = { durationMs: number; threads: number };

const DURATIONS = [
  { value: "2000", label: "2 s" },
  { value: "5000", label: "5 s" },
  { value: "20000", label: "20 s" },
  { value: "60000", label: "60 s" },
] as const;

const THREADS = [
  { value: "1", label: "1" },
  { value: "2", label: "2" },
  { value: "4", label: "4" },
  { value: "8", label: "8" },
] as const;

type Props = {
  settings: BenchmarkSettings;
  running: boolean;
  again: boolean;
  fingerprint: Fingerprint | null;
  onChange: (settings: BenchmarkSettings) => void;
  onRun: () => void;
  onCancel: () => void;
};

/** How to measure, and on which machine it was measured. */
export function BenchmarkForm({ settings, running, again, fingerprint, onChange, onRun, onCancel }: Props) {
  return (
    <aside className="flex w-66 flex-none flex-col gap-3 overflow-y-auto overflow-x-hidden border-line border-r p-3">
      <Labelled label="Duration" note="longer runs earn higher percentiles">
        <Segmented
          label="Duration"
          stretch
          options={DURATIONS}
          disabled={running}
          value={String(settings.durationMs) as (typeof DURATIONS)[number]["value"]}
          onChange={(value) => onChange({ ...settings, durationMs: Number(value) })}
        />
      </Labelled>
      <Labelled label="Threads" note="inside one call of the runtime">
        <Segmented
          label="Threads"
          stretch
          options={THREADS}
          disabled={running}
          value={String(settings.threads) as (typeof THREADS)[number]["value"]}
          onChange={(value) => onChange({ ...settings, threads: Number(value) })}
        />
      </Labelled>
      {running ? (
        <Button size={28} icon={Square} data-testid="benchmark-cancel" onClick={onCancel}>
          Cancel
        </Button>
      ) : (
        <Button size={28} variant="primary" icon={Play} data-testid="benchmark-run" onClick={onRun}>
          {again ? "Run again" : "Run benchmark"}
        </Button>
      )}
      {fingerprint && <Machine fingerprint={fingerprint} />}
    </aside>
  );
}

function Labelled({ label, note, children }: { label: string; note: string; children: ReactNode }) {
  return (
    <div className="flex flex-col gap-1.5">
      <p className="font-medium">{label}</p>
      {children}
      <p className="text-fg-3 text-label">{note}</p>
    </div>
  );
}

function Machine({ fingerprint }: { fingerprint: Fingerprint }) {
  const rows: [string, string][] = [
    ["CPU", fingerprint.cpu],
    ["Cores", String(fingerprint.cores)],
    ["Memory", formatBytes(fingerprint.memoryBytes)],
    ["Governor", fingerprint.governor ?? "not reported"],
    ["System", fingerprint.os],
    ["Runtime", fingerprint.runtimeVersion ? `ONNX Runtime ${fingerprint.runtimeVersion}` : "not reported"],
  ];
  return (
    <section data-testid="fingerprint" className="-mx-3 border-line-2 border-t px-3 pt-1">
      <header className="flex h-8 items-center justify-between">
        <h4 className="font-semibold">Machine</h4>
        <span className="mono selectable text-fg-3" title="Figures compare only where this is the same">
          {fingerprint.digest.slice(0, 8)}
        </span>
      </header>
      <dl className="kv">
        {rows.map(([label, value]) => (
          <Fragment key={label}>
            <dt>{label}</dt>
            <dd title={value}>{value}</dd>
          </Fragment>
        ))}
      </dl>
    </section>
  );
}
