import { Database, FileBox } from "lucide-react";
import type { ReactNode } from "react";
import { Chip, CopyButton, NoteEditor, TagEditor } from "@/components";
import { CopyText } from "@/components/CopyText";
import type { DatasetUse, ModelUse, RunDetail } from "@/lib/api";
import { cx } from "@/lib/cx";
import { draftOf } from "@/lib/drafts";
import { formatInteger, formatTime, shortDigest } from "@/lib/format";
import { useRunEdits } from "../queries";
import { RunTime } from "../runStatus";
import { useExperimentView } from "../state";
import { addClause, clauseFor } from "../table/filterTokens";
import { PairTable } from "./PairTable";
import { RunLineage } from "./RunLineage";

export const NOTE_TAG = "mlflow.note.content";
/** Tags that say what the overview says elsewhere, or that are a program's own notebook. */
const OWN_PLACE = [
  NOTE_TAG,
  "mlflow.runName",
  "mlflow.user",
  "mlflow.source.name",
  "mlflow.source.git.commit",
  "mlflow.log-model.history",
];

type Props = { detail: RunDetail; wide: boolean; onOpenArtifact: (path: string) => void };

/** What the run is, what went in, what came out; and what people say about it. */
export function RunOverview({ detail, wide, onOpenArtifact }: Props) {
  const { run } = detail;
  const [view, change] = useExperimentView(run.experimentId);
  const filter = (entity: "params" | "tags") => (key: string, value: string, keep: boolean) =>
    change({ filter: addClause(view.filter, clauseFor(entity, key, value, keep)) });
  const tags = run.tags.filter((tag) => !OWN_PLACE.includes(tag.key));
  const note = run.tags.find((tag) => tag.key === NOTE_TAG)?.value ?? "";
  const source = run.tags.find((tag) => tag.key === "mlflow.source.name")?.value;
  const commit = run.tags.find((tag) => tag.key === "mlflow.source.git.commit")?.value;
  const readOnly = run.lifecycle === "deleted";
  const edit = useRunEdits(run.runId);

  const about = (
    <dl className="kv px-3 py-2">
      <dt>Run id</dt>
      <dd className="mono">{run.runId}</dd>
      <dt>Experiment</dt>
      <dd>{detail.experimentName}</dd>
      <dt>Started</dt>
      <dd>{formatTime(run.startedAtMs)}</dd>
      <dt>Time</dt>
      <dd>
        <RunTime run={run} />
      </dd>
      <dt>User</dt>
      <dd>{run.user || "—"}</dd>
      {source && (
        <>
          <dt>Source</dt>
          <dd title={source}>{source}</dd>
        </>
      )}
      {commit && (
        <>
          <dt>Git commit</dt>
          <dd>
            <CopyText text={commit} shown={commit.slice(0, 10)} label="commit" />
          </dd>
        </>
      )}
    </dl>
  );
  const notes = (
    <Section title="Notes">
      <NoteEditor
        label="Notes"
        text={note}
        draftKey={draftOf.run(run.runId)}
        hint="No notes yet."
        readOnly={readOnly}
        data-testid="run-notes"
        onSave={(text) => (text.trim() ? edit.tag(NOTE_TAG, text) : edit.untag(NOTE_TAG))}
      />
    </Section>
  );
  const params = (
    <Section title="Parameters" count={run.params.length}>
      {run.params.length > 0 ? (
        <PairTable pairs={run.params} onFilter={filter("params")} />
      ) : (
        <Nothing>This run has logged no parameters.</Nothing>
      )}
    </Section>
  );
  const tagPart = (
    <Section title="Tags" count={tags.length}>
      <TagEditor pairs={tags} onFilter={filter("tags")} onSet={edit.tag} onRemove={edit.untag} readOnly={readOnly} />
    </Section>
  );
  const datasets = detail.datasets.length > 0 && (
    <Section title="Dataset inputs" count={detail.datasets.length}>
      <ul>
        {detail.datasets.map((dataset) => (
          <Dataset key={`${dataset.name} ${dataset.digest}`} dataset={dataset} />
        ))}
      </ul>
    </Section>
  );
  const models = detail.models.length > 0 && (
    <Section title="Models" count={detail.models.length}>
      <ul>
        {detail.models.map((model) => (
          <Model key={`${model.role} ${model.modelId}`} model={model} onOpen={onOpenArtifact} />
        ))}
      </ul>
    </Section>
  );
  return (
    <div data-testid="run-overview">
      <RunLineage detail={detail} onOpenArtifact={onOpenArtifact} />
      {wide ? (
        <div className="grid grid-cols-[minmax(0,1fr)_minmax(0,1fr)] divide-x divide-line">
          <div>
            {about}
            {notes}
            {datasets}
            {models}
          </div>
          <div>
            {params}
            {tagPart}
          </div>
        </div>
      ) : (
        <>
          {about}
          {notes}
          {params}
          {tagPart}
          {datasets}
          {models}
        </>
      )}
    </div>
  );
}

type SectionProps = { title: string; count?: number; children: ReactNode };
const Section = ({ title, count, children }: SectionProps) => (
  <section aria-label={title}>
    <h4 className="flex h-7 items-center gap-2 border-line-2 border-y bg-app px-3 font-semibold">
      {title}
      {count !== undefined && <span className="tnum font-normal text-fg-3 text-label">{formatInteger(count)}</span>}
    </h4>
    {children}
  </section>
);

const Nothing = ({ children }: { children: ReactNode }) => <p className="px-3 py-1.5 text-fg-3">{children}</p>;

function Dataset({ dataset }: { dataset: DatasetUse }) {
  return (
    <li data-testid="dataset-input" className="border-line-2 border-b px-3 py-1.5 last:border-b-0">
      <div className="flex items-center gap-2">
        <Database size={14} className="text-fg-3" aria-hidden />
        <b className="selectable min-w-0 truncate font-medium">{dataset.name}</b>
        {dataset.context && <Chip tone="outline">{dataset.context}</Chip>}
        <span className="ml-auto" />
        <CopyText text={dataset.digest} shown={dataset.digest} label="dataset digest" />
      </div>
      <p className="selectable truncate pl-5.5 text-fg-3 text-label" title={dataset.source}>
        {[dataset.sourceType, dataset.profile && profileText(dataset.profile)].filter(Boolean).join(" · ")}
      </p>
      {dataset.schema && <SchemaText schema={dataset.schema} />}
    </li>
  );
}

/** `{"num_rows": 1200, "num_elements": 4800}`, as clients write it. */
function profileText(profile: string): string {
  try {
    const { num_rows: rows, num_elements: elements } = JSON.parse(profile) as Record<string, unknown>;
    return [
      typeof rows === "number" && `${formatInteger(rows)} rows`,
      typeof elements === "number" && `${formatInteger(elements)} values`,
    ]
      .filter(Boolean)
      .join(", ");
  } catch {
    return "";
  }
}

function SchemaText({ schema }: { schema: string }) {
  return (
    <details className="pl-5.5">
      <summary className="text-accent text-label hover:underline">Schema</summary>
      <div className="relative mt-1 max-h-48 overflow-auto rounded border border-line-2 bg-app">
        <span className="absolute top-1 right-1">
          <CopyButton text={schema} />
        </span>
        <pre className="mono whitespace-pre-wrap break-words p-2">{pretty(schema)}</pre>
      </div>
    </details>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 1);
  } catch {
    return text;
  }
}

function Model({ model, onOpen }: { model: ModelUse; onOpen: (path: string) => void }) {
  const ready = model.status === "LOGGED_MODEL_READY";
  const { name, folder } = model;
  return (
    <li data-testid="run-model" className="flex min-h-8 items-center gap-2 border-line-2 border-b px-3 last:border-b-0">
      <FileBox size={14} className="text-fg-3" aria-hidden />
      <span className="min-w-0">
        {folder ? (
          <button
            type="button"
            title={folder}
            onClick={() => onOpen(`${folder}/MLmodel`)}
            className="truncate text-accent hover:underline"
          >
            {name}
          </button>
        ) : (
          <span className="truncate">{name ?? "a model that is not in this workspace"}</span>
        )}
      </span>
      <Chip tone="outline">{model.role === "output" ? "made" : "read"}</Chip>
      {model.step !== null && model.role === "output" && (
        <span className="tnum text-fg-3 text-label">step {formatInteger(model.step)}</span>
      )}
      {model.deleted && <span className="text-label text-warn">deleted</span>}
      {model.status && !ready && (
        <span className={cx("text-label text-warn")}>
          {model.status.replace("LOGGED_MODEL_", "").toLowerCase().replaceAll("_", " ")}
        </span>
      )}
      <span className="ml-auto" />
      <CopyText text={model.modelId} shown={shortDigest(model.modelId.replace(/^m-/, ""))} label="model id" />
    </li>
  );
}
