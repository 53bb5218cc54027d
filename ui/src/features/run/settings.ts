// What the form holds, and what is asked of the shell from it.
import type { Distribution, GeneratedInput, GeneratedInputs, RunInputPort, RunSetup } from "@/lib/api";
import type { RunAsked } from "./queries";

export type SourceKind = "example" | "file" | "generated" | "json";

export type RunSettings = {
  kind: SourceKind;
  file: string | null;
  json: string;
  generated: GeneratedInputs;
  /** Texts, as typed; empty is all rows, and the usual batch. */
  rowsMax: string;
  batchRows: string;
};

export const firstSettings = (setup: RunSetup): RunSettings => ({
  kind: setup.example ? "example" : "generated",
  file: null,
  json: "",
  generated: setup.generated,
  rowsMax: "",
  batchRows: "",
});

/** A whole number of at least `least`, or why it is none; nothing typed is null. */
export function wholeNumber(text: string, least: number): number | null | string {
  if (text.trim() === "") return null;
  const value = Number(text);
  return Number.isSafeInteger(value) && value >= least ? value : `a whole number of at least ${least}`;
}

/** What the form asks for, or null while it cannot be asked. */
export function asked(settings: RunSettings): RunAsked | null {
  const rowsMax = wholeNumber(settings.rowsMax, 1);
  const batchRows = wholeNumber(settings.batchRows, 1);
  if (typeof rowsMax === "string" || typeof batchRows === "string") return null;
  const limits = { rowsMax, batchRows };
  switch (settings.kind) {
    case "example":
      return { inputs: { kind: "example" }, ...limits };
    case "file":
      return settings.file ? { inputs: { kind: "file", path: settings.file }, ...limits } : null;
    case "json":
      return settings.json.trim() ? { inputs: { kind: "json", text: settings.json }, ...limits } : null;
    case "generated":
      return { inputs: { kind: "generated", inputs: settings.generated }, ...limits };
  }
}

export type DistributionKind = Distribution["kind"];

/** The distributions that an input's type can have. */
export function kindsOf(port: RunInputPort): readonly DistributionKind[] {
  if (port.isText) return ["categories"];
  return port.isFloat ? ["normal", "uniform", "integers", "constant"] : ["integers", "constant"];
}

/** A distribution of another kind, as near to the one before as its fields allow. */
export function ofKind(kind: DistributionKind, port: RunInputPort): Distribution {
  switch (kind) {
    case "normal":
      return { kind, mean: 0, std: 1 };
    case "uniform":
      return { kind, low: 0, high: 1 };
    case "integers":
      return { kind, low: 0, high: port.indexLimit ? port.indexLimit - 1 : 1 };
    case "constant":
      return { kind, value: 0 };
    case "categories":
      return { kind, values: ["a"] };
  }
}

export function changeInput(inputs: GeneratedInputs, name: string, part: Partial<GeneratedInput>): GeneratedInputs {
  const change = (input: GeneratedInput) => (input.name === name ? { ...input, ...part } : input);
  return { ...inputs, inputs: inputs.inputs.map(change) };
}
