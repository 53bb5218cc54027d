import { useQuery } from "@tanstack/react-query";
import { ArrowRight, Calendar } from "lucide-react";
import { useState } from "react";
import { TextInput } from "@/components/TextInput";
import type { ModelVersion, StageTransition, StoodInProduction } from "@/lib/api";
import { useNow } from "@/lib/clock";
import { formatAgo, formatTime, shortDigest } from "@/lib/format";
import { HistoryChart } from "./HistoryChart";
import { productionQuery } from "./queries";
import { Section } from "./Section";
import { everInProduction, histories, stagedRows } from "./timeline";

const ROWS_MAX = 6;
const EVENTS_MAX = 50;

type Props = { model: string; versions: readonly ModelVersion[]; transitions: readonly StageTransition[] };

/** The record of stages: who stood where and when, and each move with its actor and reason. */
export function History({ model, versions, transitions }: Props) {
  const nowMs = useNow();
  const [atMs, setAtMs] = useState<number | null>(null);
  const rows = histories(versions, transitions, nowMs);
  const staged = stagedRows(rows);
  const drawn = staged.slice(0, ROWS_MAX);
  const firstMs = Math.min(
    ...drawn.flatMap((row) => row.spans.filter((span) => span.stage !== "None").map((span) => span.fromMs)),
  );
  const fromMs = firstMs - (nowMs - firstMs) * 0.04;
  const asked = atMs ?? nowMs;

  if (transitions.length === 0) {
    return (
      <Section title="History">
        <p className="text-fg-2">
          No version has changed its stage yet. Each move is kept here with its actor, time and reason.
        </p>
      </Section>
    );
  }
  return (
    <Section
      title="History"
      data-testid="history"
      actions={everInProduction(rows) ? <InProduction model={model} atMs={asked} onPick={setAtMs} /> : undefined}
    >
      <div className="flex flex-wrap items-start gap-x-6 gap-y-3">
        <div className="min-w-80 flex-[3_1_400px]">
          {drawn.length > 0 ? (
            <HistoryChart
              rows={drawn}
              fromMs={fromMs}
              nowMs={nowMs}
              atMs={everInProduction(rows) ? asked : null}
              onPick={setAtMs}
            />
          ) : (
            <p className="text-fg-2">No version has left None.</p>
          )}
          {staged.length > drawn.length && (
            <p className="text-fg-3 text-label">
              newest {drawn.length} of {staged.length} versions that were ever staged
            </p>
          )}
        </div>
        <ol className="max-h-52 min-w-46 flex-[1_1_184px] overflow-y-auto">
          {[...transitions]
            .sort((a, b) => b.atMs - a.atMs)
            .slice(0, EVENTS_MAX)
            .map((transition) => (
              <TransitionRow
                key={`${transition.version}-${transition.atMs}-${transition.to}`}
                transition={transition}
                nowMs={nowMs}
              />
            ))}
          {transitions.length > EVENTS_MAX && (
            <li className="text-fg-3 text-label">
              newest {EVENTS_MAX} of {transitions.length} moves
            </li>
          )}
        </ol>
      </div>
    </Section>
  );
}

function TransitionRow({ transition, nowMs }: { transition: StageTransition; nowMs: number }) {
  return (
    <li
      data-testid="transition-row"
      className="flex min-h-8 gap-2.5"
      title={`${formatTime(transition.atMs)}, from ${transition.from}`}
    >
      <span className="tnum w-16 flex-none whitespace-nowrap text-fg-3 text-label">
        {formatAgo(transition.atMs, nowMs)}
      </span>
      <span className="min-w-0 leading-[15px]">
        <b className="block truncate font-medium">
          v{transition.version} to {transition.to}
        </b>
        <span className="selectable block truncate text-fg-3 text-label" title={transition.reason}>
          {transition.actor}
          {transition.reason ? ` · ${transition.reason}` : " · no reason given"}
        </span>
      </span>
    </li>
  );
}

type InProductionProps = {
  model: string;
  atMs: number;
  onPick: (atMs: number) => void;
};

/** Asked by the minute, to its end: a clock that ticks every second asks nothing anew. */
const MINUTE = 60_000;

/** "In Production on <date>": moved by the field or by the marker in the chart; the record answers. */
function InProduction({ model, atMs, onPick }: InProductionProps) {
  const answer = useQuery(productionQuery(model, Math.floor(atMs / MINUTE) * MINUTE + MINUTE - 1));
  const standing: readonly StoodInProduction[] = answer.data ?? [];
  return (
    <span className="flex items-center gap-2" data-testid="in-production-on">
      <span className="text-fg-2">In Production on</span>
      <DateField atMs={atMs} onPick={onPick} />
      <ArrowRight size={12} className="text-fg-3" aria-hidden />
      {answer.isError && <span className="text-bad">{answer.error.message}</span>}
      {answer.data && standing.length === 0 && <span className="text-fg-2">no version</span>}
      {standing.map((each) => (
        <span
          key={each.version}
          data-testid="stood-in-production"
          className="flex items-center gap-1.5"
          title={`since ${formatTime(each.sinceMs)}, by ${each.promotedBy}${each.reason ? `: ${each.reason}` : ""}\n${
            each.untilMs === null ? "still there" : `until ${formatTime(each.untilMs)}`
          }`}
        >
          <b className="mono font-medium">v{each.version}</b>
          <span className="mono text-fg-3">{each.deleted ? "deleted since" : shortDigest(each.digest)}</span>
        </span>
      ))}
    </span>
  );
}

const asText = (atMs: number) => new Date(atMs).toISOString().slice(0, 16).replace("T", " ");

/** A date as text, in UTC like every other time here; the native picker follows the locale and is missing on Linux. */
function DateField({ atMs, onPick }: { atMs: number; onPick: (atMs: number) => void }) {
  const [draft, setDraft] = useState<string | null>(null);
  const parsed = draft === null ? atMs : Date.parse(`${draft.trim().replace(" ", "T")}Z`);
  return (
    <TextInput
      value={draft ?? asText(atMs)}
      onChange={(text) => {
        setDraft(text);
        const picked = Date.parse(`${text.trim().replace(" ", "T")}Z`);
        if (Number.isFinite(picked)) onPick(picked);
      }}
      onBlur={() => setDraft(null)}
      invalid={!Number.isFinite(parsed)}
      icon={Calendar}
      trailing={<span className="text-fg-3">UTC</span>}
      aria-label="In Production on, UTC"
      placeholder="2026-09-12 14:00"
      data-testid="production-date"
      className="tnum w-48"
    />
  );
}
