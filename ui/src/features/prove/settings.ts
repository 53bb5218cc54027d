// What is to be proved, as the form holds it, and as the shell is asked for it.
import type { CompareOutputsInput, Optimisation, ProveRows, ProveSide, Provider, RepeatRunsInput } from "@/lib/api";
import type { InspectSource } from "@/lib/view";

export type Against = "expected" | "model" | "level" | "runtime" | "repeat";

export type Settings = {
  against: Against;
  /** The table with the rows; none are made up. */
  data: string | null;
  rows: string;
  seed: string;
  rtol: string;
  atol: string;
  batchRows: string;
  optimisation: Optimisation;
  otherModel: InspectSource | null;
  otherProvider: Provider;
  otherOptimisation: Optimisation;
  library: string | null;
  repeats: string;
  threads: string;
};

/** numpy.allclose's tolerances; levels as far apart as they go. */
export const FIRST: Settings = {
  against: "expected",
  data: null,
  rows: "1000",
  seed: "7",
  rtol: "1e-5",
  atol: "1e-8",
  batchRows: "4096",
  optimisation: "all",
  otherModel: null,
  otherProvider: "cpu",
  otherOptimisation: "off",
  library: null,
  repeats: "20",
  threads: "1, 2, 4",
};

/** Rows that a search takes of the source, and a check of repeats of a file. */
const SAMPLE_ROWS = 256;
const REPEATED_ROWS_MAX = 4096;

export type Wrong = Partial<Record<keyof Settings, string>>;

const whole = (text: string, least: number, most: number): string | undefined => {
  const value = Number(text);
  const fits = text.trim() !== "" && Number.isInteger(value) && value >= least && value <= most;
  return fits ? undefined : `A whole number from ${least} to ${most.toLocaleString("en-US")}`;
};

const tolerance = (text: string): string | undefined => {
  const value = Number(text);
  return text.trim() !== "" && Number.isFinite(value) && value >= 0
    ? undefined
    : "A number of at least 0, such as 1e-5";
};

export const threadsOf = (text: string): number[] =>
  text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(Number);

/** What keeps the work from beginning, by field. */
export function wrong(settings: Settings): Wrong {
  const found: Wrong = {};
  const set = (field: keyof Settings, reason: string | undefined) => {
    if (reason) found[field] = reason;
  };
  const { against } = settings;
  if (against === "expected" && !settings.data) found.data = "Choose the file that holds rows and expected outputs";
  if (against === "model" && !settings.otherModel) found.otherModel = "Choose the other model";
  if (against === "runtime" && !settings.library) found.library = "Choose the other ONNX Runtime library";
  if (against === "level" && settings.otherOptimisation === settings.optimisation && settings.otherProvider === "cpu")
    found.otherOptimisation = "Both sides are the same; choose another level or provider";
  if (!settings.data) {
    set("rows", whole(settings.rows, 1, against === "repeat" ? REPEATED_ROWS_MAX : 100_000_000));
    set("seed", whole(settings.seed, 0, 4_294_967_295));
  }
  if (against === "repeat") {
    set("repeats", whole(settings.repeats, 2, 10_000));
    const threads = threadsOf(settings.threads);
    const fit = threads.length > 0 && threads.every((each) => Number.isInteger(each) && each >= 0 && each <= 1024);
    set("threads", fit ? undefined : "Numbers of threads such as 1, 2, 4; 0 is every core");
  } else {
    set("rtol", tolerance(settings.rtol));
    set("atol", tolerance(settings.atol));
    set("batchRows", whole(settings.batchRows, 1, 16_777_216));
  }
  return found;
}

const first = (source: InspectSource, settings: Settings): ProveSide => ({
  source,
  providers: ["cpu"],
  threads: 1,
  optimisation: settings.against === "level" ? settings.optimisation : "all",
  library: null,
});

/** The other half of the comparison; none where a file holds it. */
export function otherSide(source: InspectSource, settings: Settings): ProveSide | null {
  const side = first(source, settings);
  switch (settings.against) {
    case "model":
      return { ...side, source: settings.otherModel ?? source };
    case "level":
      return {
        ...side,
        optimisation: settings.otherOptimisation,
        providers: settings.otherProvider === "cpu" ? ["cpu"] : [settings.otherProvider, "cpu"],
      };
    case "runtime":
      return { ...side, library: settings.library };
    default:
      return null;
  }
}

const rowsOf = (settings: Settings): ProveRows =>
  settings.data
    ? { kind: "file", path: settings.data }
    : { kind: "generated", rows: Number(settings.rows), seed: Number(settings.seed) };

const toleranceOf = (settings: Settings) => ({ rtol: Number(settings.rtol), atol: Number(settings.atol) });

export const compareInput = (source: InspectSource, settings: Settings): Omit<CompareOutputsInput, "taskId"> => ({
  side: first(source, settings),
  against: otherSide(source, settings),
  rows: rowsOf(settings),
  mapping: [],
  tolerance: toleranceOf(settings),
  batchRows: Number(settings.batchRows),
  worstRows: 50,
});

export function divergenceInput(source: InspectSource, settings: Settings) {
  const against = otherSide(source, settings);
  return (
    against && {
      side: first(source, settings),
      against,
      rows: rowsOf(settings),
      sampleRows: SAMPLE_ROWS,
      tolerance: toleranceOf(settings),
      memoryMbMax: 512,
    }
  );
}

export const repeatInput = (source: InspectSource, settings: Settings): Omit<RepeatRunsInput, "taskId"> => ({
  side: first(source, settings),
  rows: rowsOf(settings),
  sampleRows: settings.data ? SAMPLE_ROWS : Number(settings.rows),
  repeats: Number(settings.repeats),
  threads: threadsOf(settings.threads),
});
