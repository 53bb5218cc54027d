// Files of a mocked run: one of each kind that the browser shows.
import type {
  ArtifactAbout,
  ArtifactEntry,
  ArtifactKind,
  ArtifactRef,
  Discarded,
  TablePage,
  TextPiece,
  TrashEntry,
  TrashedArtifacts,
} from "@/lib/api";
import { hex, random } from "./random";

const METRICS_CSV = ["step,ic,sharpe,val_loss,note"]
  .concat(
    Array.from({ length: 1200 }, (_, step) => {
      const next = random(step + 9);
      const grown = 1 - Math.exp(-step / 300);
      const ic = (0.046 * grown + next() * 0.002).toFixed(5);
      const loss = (1.1 - 0.45 * grown + next() * 0.01).toFixed(4);
      return `${step},${ic},${(1.8 * grown).toFixed(3)},${loss},${step % 400 === 0 ? "learning rate halved" : ""}`;
    }),
  )
  .join("\n");

const REPORT_MD = `# Regime classifier, walk-forward report

Trained on **one-minute bars**, four currency pairs. Out of sample from 2025-07.

| window | ic | sharpe | turnover |
|---|---:|---:|---:|
| 2025-07 | 0.0431 | 1.71 | 0.38 |
| 2025-08 | 0.0462 | 1.83 | 0.41 |

- [x] no look-ahead in the features
- [ ] costs at 0.3 bp

\`\`\`python
model.predict(bars[-64:])
\`\`\`

<script>alert("raw HTML stays text")</script>
`;

const MLMODEL = `artifact_path: model
flavors:
  onnx:
    data: model.onnx # the graph and its weights
    onnx_version: 1.22.0
    providers:
    - CPUExecutionProvider
model_size_bytes: 4841220
signature:
  inputs: '[{"type": "tensor", "name": "bars"}]'
`;

const HTML = `<!doctype html><title>Factor report</title><style>body{font:14px sans-serif;margin:24px}b{color:#26a69a}</style>
<h1>Factor exposures</h1><p>Carry <b>+0.42</b>, momentum <b>+0.18</b></p><p id="ran">scripts did not run</p>
<script>document.getElementById("ran").textContent = "scripts ran"</script>`;

const CONFUSION = `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="320" viewBox="0 0 4 4">${Array.from(
  { length: 16 },
  (_, at) => {
    const [row, column] = [Math.floor(at / 4), at % 4];
    const share = row === column ? 0.78 + row * 0.04 : 0.04 + ((at * 7) % 5) * 0.02;
    return `<rect x="${column}" y="${row}" width="0.98" height="0.98" fill="#3899e2" fill-opacity="${share}"/>`;
  },
).join("")}</svg>`;

const JSON_TEXT = JSON.stringify({
  horizon_minutes: 15,
  regimes: ["calm", "trend", "chop", "stress"],
  features: { spread_bps: { mean: 0.31, sd: 0.12 }, carry_3m: { mean: 0.004, sd: 0.019 } },
  shuffled: false,
  seed: null,
});

type MockFile = { kind: ArtifactKind; mediaType: string; says: string; text?: string; bytes?: number };
const FILES: Record<string, MockFile> = {
  "confusion.svg": { kind: "image", mediaType: "image/svg+xml", says: "SVG picture", text: CONFUSION },
  "report.md": { kind: "markdown", mediaType: "text/markdown", says: "Markdown", text: REPORT_MD },
  "exposures.html": { kind: "html", mediaType: "text/html", says: "HTML page", text: HTML },
  "metrics.csv": { kind: "csv", mediaType: "text/csv", says: "Table of separated values", text: METRICS_CSV },
  "config.json": { kind: "json", mediaType: "application/json", says: "JSON", text: JSON_TEXT },
  "bars.parquet": {
    kind: "parquet",
    mediaType: "application/vnd.apache.parquet",
    says: "Parquet table",
    bytes: 2_411_980,
  },
  "empty.log": { kind: "empty", mediaType: "application/x-empty", says: "Empty file: 0 bytes", bytes: 0 },
  "scaler.pkl": {
    kind: "binary",
    mediaType: "application/octet-stream",
    says: "Python pickle; it is not opened here, for reading a pickle can run code",
    bytes: 1204,
  },
  "model/MLmodel": { kind: "yaml", mediaType: "application/yaml", says: "YAML", text: MLMODEL },
  "model/model.onnx": { kind: "onnx", mediaType: "application/x-onnx", says: "ONNX model", bytes: 4_841_220 },
};

const sizeOf = (file: MockFile) => file.bytes ?? file.text?.length ?? 0;

function found({ path }: ArtifactRef): MockFile {
  // files of versions have other names and are all alike
  const file = FILES[path] ?? FILES[`model/${path}`];
  if (!file) throw { kind: "not_found", message: `No such artifact: '${path}'`, field: null, hint: null };
  return file;
}

const trashed = new Map<string, TrashEntry>();
const inTrash = (full: string) =>
  [...trashed.values()].some(({ path }) => full === path || (path.endsWith("/") && full.startsWith(path)));

export function trashArtifact({ path }: ArtifactRef): Discarded {
  const gone = Object.entries(FILES).filter(([full]) => full === path || full.startsWith(`${path}/`));
  const trashId = `t${trashed.size}`;
  trashed.set(trashId, {
    trashId,
    path: FILES[path] ? path : `${path}/`,
    ownerName: "regime-a1",
    runId: "r",
    files: gone.length,
    sizeBytes: gone.reduce((sum, [, file]) => sum + sizeOf(file), 0),
    deletedAtMs: Date.now(),
    deletedBy: "quant",
  });
  return { trashId, files: gone.length };
}

export const listTrashedArtifacts = (): TrashedArtifacts => {
  const deletions = [...trashed.values()];
  return {
    deletions,
    deletionCount: deletions.length,
    fileCount: deletions.reduce((sum, entry) => sum + entry.files, 0),
  };
};
export const restoreArtifacts = (trashId: string) => void trashed.delete(trashId);

export function listRunArtifacts({ path }: { runId: string; path: string }): ArtifactEntry[] {
  const prefix = path ? `${path}/` : "";
  const entries = new Map<string, ArtifactEntry>();
  for (const [full, file] of Object.entries(FILES)) {
    if (!full.startsWith(prefix) || inTrash(full)) continue;
    const [name = "", rest] = full.slice(prefix.length).split("/");
    const isDir = rest !== undefined;
    entries.set(name, {
      path: `${prefix}${name}`,
      name,
      isDir,
      sizeBytes: isDir ? null : sizeOf(file),
      sha256: isDir ? null : hex(full.length * 31, 64),
    });
  }
  return [...entries.values()];
}

export function aboutArtifact(file: ArtifactRef): ArtifactAbout {
  const { kind, mediaType, says, ...rest } = found(file);
  const sizeBytes = sizeOf({ kind, mediaType, says, ...rest });
  return { path: file.path, sizeBytes, sha256: hex(file.path.length * 31, 64), kind, mediaType, says };
}

export function readText(input: { file: ArtifactRef; fromByte: number; bytesMax: number }): TextPiece {
  const text = found(input.file).text ?? "";
  const end = Math.min(text.length, input.fromByte + input.bytesMax);
  return { text: text.slice(input.fromByte, end), toByte: end, sizeBytes: text.length, lossy: false };
}

export const readImage = (file: ArtifactRef) => ({
  mediaType: found(file).mediaType,
  base64: btoa(found(file).text ?? ""),
});

const PARQUET_ROWS = 46_080;

export function readTable(input: { file: ArtifactRef; cursor: string | null; rowsMax: number }): TablePage {
  const file = found(input.file);
  const first = Number(input.cursor ?? 0);
  const column = (name: string, kind: string) => ({
    name,
    kind,
    numeric: kind !== "text" && kind !== "timestamp[ns]",
    nullable: false,
  });
  if (file.kind === "csv") {
    const [head = "", ...lines] = (file.text ?? "").split("\n");
    const end = Math.min(lines.length, first + input.rowsMax);
    return {
      columns: head.split(",").map((name) => column(name, name === "note" ? "text" : "number")),
      columnCount: 5,
      rows: lines.slice(first, end).map((line) => line.split(",")),
      firstRow: first,
      rowCount: end === lines.length ? end : null,
      next: end === lines.length ? null : String(end),
      toByte: Math.round((sizeOf(file) * end) / lines.length),
      sizeBytes: sizeOf(file),
      facts: ["separated by comma"],
    };
  }
  const end = Math.min(PARQUET_ROWS, first + input.rowsMax);
  return {
    columns: [
      column("at", "timestamp[ns]"),
      column("pair", "text"),
      column("mid", "float64"),
      column("spread_bps", "float32"),
    ],
    columnCount: 4,
    rows: Array.from({ length: end - first }, (_, index) => {
      const at = new Date(1_751_328_000_000 + (first + index) * 60_000).toISOString().slice(0, 19).replace("T", " ");
      const next = random(first + index + 3);
      return [
        at,
        "EURUSD",
        (1.08 + next() * 0.004).toFixed(5),
        index % 50 === 7 ? null : (0.2 + next() * 0.3).toFixed(2),
      ];
    }),
    firstRow: first,
    rowCount: PARQUET_ROWS,
    next: end === PARQUET_ROWS ? null : String(end),
    toByte: 0,
    sizeBytes: sizeOf(file),
    facts: ["1 row group", "snappy", "written by parquet-cpp-arrow"],
  };
}
