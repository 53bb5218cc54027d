import { Play, Square } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/components/Button";
import { Segmented } from "@/components/Segmented";
import { Select } from "@/components/Select";
import type { Optimisation, Provider } from "@/lib/api";
import type { ProfileSettings } from "./queries";
import { OPTIMISATIONS, PROVIDERS } from "./words";

const RUNS = ["20", "100", "500"] as const;
const THREADS = ["1", "2", "4", "8"] as const;
const ROWS = ["1", "8", "64", "256"] as const;
const options = <Value extends string>(values: readonly Value[]) => values.map((value) => ({ value, label: value }));

type Props = {
  settings: ProfileSettings;
  /** What the library was built with. */
  providers: readonly Provider[];
  hasExample: boolean;
  running: boolean;
  again: boolean;
  onChange: (settings: ProfileSettings) => void;
  onRun: () => void;
  onCancel: () => void;
};

/** How the model is run while it is looked at. */
export function ProfileForm({ settings, providers, hasExample, running, again, onChange, onRun, onCancel }: Props) {
  const set = (part: Partial<ProfileSettings>) => onChange({ ...settings, ...part });
  const rows = options(ROWS);
  return (
    <div className="flex flex-col gap-3 p-3" data-testid="profile-form">
      <Labelled label="Provider" note={providerNote(settings.providers)}>
        <Select
          label="Provider"
          disabled={running}
          value={settings.providers[0] ?? "cpu"}
          options={providers.map((value) => ({ value, label: PROVIDERS[value] }))}
          onChange={(first) => set({ providers: first === "cpu" ? ["cpu"] : [first, "cpu"] })}
        />
      </Labelled>
      <Labelled label="Optimisation" note="off: every node runs as the file has it, and maps back one to one">
        <Select<Optimisation>
          label="Optimisation"
          disabled={running}
          value={settings.optimisation}
          options={OPTIMISATIONS}
          onChange={(optimisation) => set({ optimisation })}
        />
      </Labelled>
      <Labelled label="Threads" note="inside one run">
        <Segmented
          label="Threads"
          stretch
          disabled={running}
          options={options(THREADS)}
          value={String(settings.threads) as (typeof THREADS)[number]}
          onChange={(threads) => set({ threads: Number(threads) })}
        />
      </Labelled>
      <Labelled
        label="Rows a run"
        note={settings.rows === null ? "the logged input example" : "generated, the same bytes every time"}
      >
        <Segmented
          label="Rows a run"
          stretch
          disabled={running}
          options={hasExample ? [{ value: "example", label: "Example" }, ...rows] : rows}
          value={settings.rows === null ? "example" : String(settings.rows)}
          onChange={(chosen) => set({ rows: chosen === "example" ? null : Number(chosen) })}
        />
      </Labelled>
      <Labelled label="Runs" note="counted after a warm-up of 10">
        <Segmented
          label="Runs"
          stretch
          disabled={running}
          options={options(RUNS)}
          value={String(settings.runs) as (typeof RUNS)[number]}
          onChange={(runs) => set({ runs: Number(runs) })}
        />
      </Labelled>
      {running ? (
        <Button size={28} icon={Square} data-testid="profile-cancel" onClick={onCancel}>
          Cancel
        </Button>
      ) : (
        <Button size={28} variant="primary" icon={Play} data-testid="profile-run" onClick={onRun}>
          {again ? "Profile again" : "Profile"}
        </Button>
      )}
    </div>
  );
}

const providerNote = (providers: readonly Provider[]) =>
  providers.length > 1 ? "what it cannot run goes to the CPU, and is listed" : "nothing else computes";

export function Labelled({ label, note, children }: { label: string; note: ReactNode; children: ReactNode }) {
  return (
    <div className="flex flex-col gap-1.5">
      <p className="font-medium">{label}</p>
      {children}
      <p className="text-fg-3 text-label">{note}</p>
    </div>
  );
}
