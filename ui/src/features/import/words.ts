import type { ImportInput, ImportReport, ImportStep, ImportTally } from "@/lib/api";
import { formatBytes, formatInteger, plural } from "@/lib/format";

export type ImportForm = {
  from: string;
  username: string;
  password: string;
  token: string;
  /** Names, one a line; all of them when there is none. */
  experiments: string;
  modelsOnly: boolean;
  artifacts: boolean;
};

export const EMPTY_FORM: ImportForm = {
  from: "",
  username: "",
  password: "",
  token: "",
  experiments: "",
  modelsOnly: false,
  artifacts: true,
};

export const isServer = (from: string) => /^https?:\/\//.test(from.trim());

/** The names in the field, each once. */
export const namesIn = (lines: string): string[] => [
  ...new Set(
    lines
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean),
  ),
];

export function inputOf(form: ImportForm): ImportInput {
  const login = { username: form.username.trim(), password: form.password, token: form.token.trim() };
  const wanted = isServer(form.from) && (login.username !== "" || login.token !== "");
  return {
    from: form.from.trim(),
    experiments: namesIn(form.experiments),
    modelsOnly: form.modelsOnly,
    noArtifacts: !form.artifacts,
    login: wanted ? login : null,
  };
}

const PHASE: Record<ImportStep["phase"], string> = {
  looking: "Looking at the source",
  experiments: "Importing experiments",
  runs: "Importing runs",
  models: "Importing models",
  done: "Writing the report",
};

export const phaseOf = (step: ImportStep | null) => PHASE[step?.phase ?? "looking"];

/** "120 runs, 9,924 points, 174 files (193 KB)": what has come so far, nothing that has not. */
export function soFar({ done }: ImportStep): string {
  const parts = [
    plural(done.runs, "run"),
    done.points > 0 && `${formatInteger(done.points)} points`,
    done.artifacts > 0 && `${plural(done.artifacts, "file")} (${formatBytes(done.artifactBytes)})`,
    done.versions > 0 && plural(done.versions, "model version"),
  ];
  return parts.filter(Boolean).join(", ");
}

/** "12 imported, 3 unchanged". */
export function told(tally: ImportTally): string {
  const parts = [
    [tally.brought, "imported"],
    [tally.updated, "brought up to date"],
    [tally.unchanged, "unchanged"],
    [tally.leftOut, "left out"],
  ] as const;
  const some = parts.filter(([count]) => count > 0).map(([count, word]) => `${formatInteger(count)} ${word}`);
  return some.length > 0 ? some.join(", ") : "none";
}

export const tallies = (report: ImportReport): readonly (readonly [string, ImportTally])[] => [
  ["Experiments", report.experiments],
  ["Runs", report.runs],
  ["Logged models", report.loggedModels],
  ["Registered models", report.models],
  ["Model versions", report.versions],
];
