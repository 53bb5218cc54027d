import { Play, Square } from "lucide-react";
import { Button } from "@/components/Button";
import { Segmented } from "@/components/Segmented";
import type { Optimisation, Provider } from "@/lib/api";
import { formatDuration, plural } from "@/lib/format";
import { Labelled } from "./ProfileForm";
import { pointCount, type SweepChoice, toggled } from "./sweepGrid";
import { OPTIMISATIONS, PROVIDERS } from "./words";

const BATCHES = [1, 2, 4, 8, 16, 32, 64, 128, 256];
const THREADS = [1, 2, 4, 8, 16];
const BINDINGS = [false, true];
const LEVELS = OPTIMISATIONS.map((each) => each.value);
const DURATIONS = [
  { value: "250", label: "0.25 s" },
  { value: "1000", label: "1 s" },
  { value: "5000", label: "5 s" },
  { value: "20000", label: "20 s" },
] as const;

type Props = {
  choice: SweepChoice;
  providers: readonly Provider[];
  running: boolean;
  /** Points of this choice that are done already. */
  done: number;
  onChange: (choice: SweepChoice) => void;
  onRun: () => void;
  onStop: () => void;
};

/** The axes of a sweep: every combination is a point. */
export function SweepForm({ choice, providers, running, done, onChange, onRun, onStop }: Props) {
  const set = (part: Partial<SweepChoice>) => onChange({ ...choice, ...part });
  const points = pointCount(choice);
  const left = Math.max(0, points - done);
  return (
    <div className="flex flex-col gap-3 p-3" data-testid="sweep-form">
      <Axis
        label="Batch"
        values={BATCHES}
        chosen={choice.batches}
        disabled={running}
        onChange={(batches) => set({ batches })}
      />
      <Axis
        label="Threads"
        values={THREADS}
        chosen={choice.threads}
        disabled={running}
        onChange={(threads) => set({ threads })}
      />
      <Axis<Provider>
        label="Provider"
        values={providers}
        name={(each) => PROVIDERS[each]}
        chosen={choice.providers}
        disabled={running}
        onChange={(chosen) => set({ providers: chosen })}
      />
      <Axis<Optimisation>
        label="Optimisation"
        values={LEVELS}
        name={(each) => OPTIMISATIONS.find((level) => level.value === each)?.label ?? each}
        chosen={choice.optimisations}
        disabled={running}
        onChange={(optimisations) => set({ optimisations })}
      />
      <Axis
        label="IoBinding"
        values={BINDINGS}
        name={(each) => (each ? "On" : "Off")}
        chosen={choice.ioBindings}
        disabled={running}
        onChange={(ioBindings) => set({ ioBindings })}
      />
      <Labelled label="Each point" note="a p99 needs 662 runs, a p50 a handful; what is too few is refused">
        <Segmented
          label="Each point"
          stretch
          disabled={running}
          options={DURATIONS}
          value={String(choice.durationMs) as (typeof DURATIONS)[number]["value"]}
          onChange={(duration) => set({ durationMs: Number(duration) })}
        />
      </Labelled>
      {running ? (
        <Button size={28} icon={Square} data-testid="sweep-stop" onClick={onStop}>
          Stop
        </Button>
      ) : (
        <Button size={28} variant="primary" icon={Play} data-testid="sweep-run" disabled={left === 0} onClick={onRun}>
          {done > 0 && left > 0 ? `Go on, ${left} left` : `Measure ${plural(points, "point")}`}
        </Button>
      )}
      <p className="tnum text-fg-3 text-label">
        {left === 0
          ? "Every point of this choice is done."
          : `About ${formatDuration(left * (choice.durationMs + 500))}. What is done stays: a sweep may be stopped and goes on later.`}
      </p>
    </div>
  );
}

type AxisProps<T> = {
  label: string;
  values: readonly T[];
  chosen: readonly T[];
  disabled: boolean;
  name?: (value: T) => string;
  onChange: (chosen: readonly T[]) => void;
};

function Axis<T extends number | string | boolean>({ label, values, chosen, disabled, name, onChange }: AxisProps<T>) {
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="pb-1.5 font-medium">{label}</legend>
      <div className="flex flex-wrap gap-1">
        {values.map((value) => {
          const on = chosen.includes(value);
          return (
            <button
              key={String(value)}
              type="button"
              aria-pressed={on}
              disabled={disabled}
              onClick={() => onChange(toggled(chosen, value, values))}
              className={`tnum h-6 min-w-8 rounded border px-2 disabled:opacity-50 ${on ? "border-accent-line bg-accent-weak font-medium text-fg" : "border-line bg-app text-fg-2 enabled:hover:text-fg"}`}
            >
              {name ? name(value) : String(value)}
            </button>
          );
        })}
      </div>
    </fieldset>
  );
}
