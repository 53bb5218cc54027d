// A mock gate report. Every figure here is invented for the mock only.
import type {
  AppError,
  AskedGate,
  GateCheck,
  GateFileRef,
  GateFileView,
  GateReport,
  Gauge,
  RestoreGateFileInput,
  SaveGateFileInput,
} from "@/bindings";
import { FINGERPRINT, hash } from "./shared";

const MINUTE = 60_000;

const gauge = (value: number, limit: number, unit: string, spread = 0): Gauge => ({
  value,
  low: spread ? value - spread : null,
  high: spread ? value + spread : null,
  limit,
  unit,
  atMost: true,
});

export function gateReport(name: string, version: number, verdict: GateReport["verdict"]): GateReport {
  const p99 = verdict === "fail" ? "9.71 ms" : "3.84 ms";
  const checks: GateCheck[] = [
    {
      id: "digest",
      title: "Files and SHA-256",
      verdict: "pass",
      measured: `3 files, sha256 ${hash(`${name}-${version}`).slice(0, 12)}`,
      limit: "bytes as registered",
      detail: "",
      gauge: null,
    },
    {
      id: "size",
      title: "Size",
      verdict: "pass",
      measured: "4.84 MB",
      limit: "≤ 268.44 MB",
      detail: "all files of the model together",
      gauge: gauge(4_840_000, 268_440_000, "bytes"),
    },
    {
      id: "load",
      title: "Load in ONNX Runtime",
      verdict: "pass",
      measured: "loaded in 212 ms",
      limit: "loads",
      detail: "",
      gauge: null,
    },
    {
      id: "provider",
      title: "Execution provider",
      verdict: "pass",
      measured: "61 of 61 nodes on CPU",
      limit: "CPU, no fallback",
      detail: "",
      gauge: null,
    },
    verdict === "inconclusive"
      ? {
          id: "golden",
          title: "Golden outputs",
          verdict,
          measured: "not compared",
          limit: "rtol 1e-5, atol 1e-6",
          detail: "no expected_output.json was logged with this version, so nothing can be compared",
          gauge: null,
        }
      : {
          id: "golden",
          title: "Golden outputs",
          verdict: "pass",
          measured: "40 of 40 equal, max abs 3.1e-7",
          limit: "rtol 1e-5, atol 1e-6",
          detail: "2 outputs of the logged input example",
          gauge: null,
        },
    {
      id: "latency_p99",
      title: "Latency p99, single stream",
      verdict: verdict === "fail" ? "fail" : "pass",
      measured: p99,
      limit: "≤ 5 ms",
      detail: "upper bound 3.94 ms, n 2,400, logged input example",
      gauge: gauge(verdict === "fail" ? 9.71 : 3.84, 5, "ms", 0.1),
    },
  ];
  return {
    reportId: hash(`report-${name}-${version}-${verdict}`).slice(0, 12),
    model: name,
    version,
    digest: hash(`${name}-${version}`),
    verdict,
    checks,
    gateFile: currentGateFile(name),
    startedAtMs: Date.now() - 19 * MINUTE,
    tookMs: 1840,
    fingerprint: FINGERPRINT,
  };
}

const TEXTS = [
  "# What a version must hold.\n[size]\n\n[placement]\n\n[golden]\n\n[[latency]]\nlimit_ms = 8.0\n",
  "# What a version must hold.\n[size]\nmax_bytes = 268_440_000\n\n[placement]\n\n[golden]\nrtol = 1e-5\natol = 1e-6\n\n[[latency]]\npercentile = 99\nlimit_ms = 5.0\n",
];

const files = new Map<string, GateFileView>();

export function askedGates(): AskedGate[] {
  return [
    { id: "digest", title: "Files and SHA-256", limit: "bytes as registered" },
    { id: "size", title: "Size", limit: "≤ 268.44 MB" },
    { id: "load", title: "Load in ONNX Runtime", limit: "loads" },
    { id: "provider", title: "Execution provider", limit: "cpu, no fallback" },
    { id: "golden", title: "Golden outputs", limit: "rtol 1e-5, atol 1e-6" },
    { id: "latency_p99", title: "Latency p99, single stream", limit: "≤ 5 ms" },
  ];
}

function fileOf(model: string): GateFileView {
  const known = files.get(model);
  if (known) return known;
  const revisions = TEXTS.map((text, index) => ({
    revision: index + 1,
    text,
    sha256: hash(text),
    actor: index ? "maria" : "local",
    note: index ? "p99 held to 5 ms, as the desk asked" : "first limits",
    atMs: Date.now() - (TEXTS.length - index) * 30 * 60 * MINUTE,
  })).reverse();
  // Some models have no gate file of their own yet.
  const own = model.startsWith("regime");
  const text = own ? (TEXTS[1] as string) : (TEXTS[0] as string);
  const view: GateFileView = {
    model,
    about: {
      origin: own ? "registry" : "default",
      revision: own ? TEXTS.length : null,
      sha256: hash(text),
      fileName: null,
    },
    text,
    asked: askedGates(),
    revisions: own ? revisions : [],
  };
  files.set(model, view);
  return view;
}

export const currentGateFile = (model: string): GateFileRef => fileOf(model).about;

function saved(model: string, text: string, note: string): GateFileView {
  const view = fileOf(model);
  const revision = (view.revisions[0]?.revision ?? 0) + 1;
  const row = { revision, text, sha256: hash(text), actor: "local", note, atMs: Date.now() };
  const next: GateFileView = {
    ...view,
    text,
    about: { origin: "registry", revision, sha256: row.sha256, fileName: null },
    revisions: [row, ...view.revisions],
  };
  files.set(model, next);
  return next;
}

const reports: GateReport[] = [];
export const keepReport = (report: GateReport) =>
  reports.unshift({ ...report, reportId: hash(`${Date.now()}`).slice(0, 12), startedAtMs: Date.now() });

export const gateHandlers = {
  list_gate_reports: ({ input }: { input: { name: string; version: number } }): GateReport[] => {
    const made = reports.filter((each) => each.model === input.name && each.version === input.version);
    const older = gateReport(input.name, input.version, "pass");
    const oldest = gateReport(input.name, input.version, "fail");
    if (input.name === "carry-gru-g10") return made;
    return [
      ...made,
      older,
      { ...oldest, startedAtMs: oldest.startedAtMs - 26 * 60 * MINUTE, gateFile: null, reportId: "" },
    ];
  },
  save_gate_report: () => "/home/quant/regime-hmm-fx-v14-gates-pass.html",
  save_file_gate_report: () => "/home/quant/model.onnx-gates-inconclusive.html",
  get_gate_file: ({ name }: { name: string }) => fileOf(name),
  read_gate_file: ({ text }: { text: string }) => {
    const line = text.split("\n").findIndex((each) => /^max_byte\b/.test(each)) + 1;
    if (line === 0) return { asked: askedGates(), errors: [] };
    const message = "[size] has no max_byte; is max_bytes meant?";
    return { asked: [], errors: [{ line, column: 1, field: "size.max_byte", value: "max_byte", message }] };
  },
  save_gate_file: ({ input }: { input: SaveGateFileInput }) => {
    if (/^max_byte\b/m.test(input.text))
      throw {
        kind: "invalid",
        message: "this gate file cannot be saved: line 2, column 1: [size] has no max_byte; is max_bytes meant?",
        field: "text",
        hint: null,
      } satisfies AppError;
    return saved(input.name, input.text, input.note);
  },
  restore_gate_file: ({ input }: { input: RestoreGateFileInput }) => {
    const older = fileOf(input.name).revisions.find((each) => each.revision === input.revision);
    return saved(input.name, older?.text ?? "", `revision ${input.revision} restored`);
  },
  pick_gate_file: () => "/home/quant/gates.toml",
};
