import { Database, HardDrive, type LucideIcon } from "lucide-react";
import { Status } from "@/components";
import type { CheckId, CheckStep } from "@/lib/api";
import { cx } from "@/lib/cx";
import { CHECK_LOOK, DATABASE_CHECKS, latest, STORAGE_CHECKS, verdict } from "./checks";

type Props = { steps: readonly CheckStep[]; running: boolean };

/** The way to the database and to the storage, part by part. */
export function ConnectChecks({ steps, running }: Props) {
  const known = latest(steps);
  const said = verdict(steps, running);
  return (
    <div className="flex flex-col gap-3 p-4">
      {said ? (
        <div
          role="status"
          data-testid="check-verdict"
          data-tone={said.tone}
          className={cx(
            "rounded-card px-3 py-2",
            { ok: "bg-ok-weak", warn: "bg-warn-weak", bad: "bg-bad-weak", live: "", idle: "" }[said.tone],
          )}
        >
          <b className="font-medium">
            <Status tone={said.tone} size={14}>
              {said.title}
            </Status>
          </b>
          <p className="selectable mt-0.5 break-words text-fg-2">{said.sentence}</p>
        </div>
      ) : (
        <p className="px-0.5 text-fg-2">
          {running
            ? "Trying every part of the way; what is written is taken back."
            : "Test connection tries every part of the way, and says exactly what to mend."}
        </p>
      )}
      <Half icon={Database} title="Database" checks={DATABASE_CHECKS} known={known} />
      <Half icon={HardDrive} title="Storage" checks={STORAGE_CHECKS} known={known} />
    </div>
  );
}

type HalfProps = {
  icon: LucideIcon;
  title: string;
  checks: readonly [CheckId, string][];
  known: ReadonlyMap<CheckId, CheckStep>;
};

function Half({ icon: Icon, title, checks, known }: HalfProps) {
  return (
    <section aria-label={title}>
      <h3 className="mb-1.5 flex items-center gap-1.5 font-semibold">
        <Icon size={14} className="text-fg-3" aria-hidden />
        {title}
      </h3>
      <ol className="overflow-hidden rounded-card border border-line bg-raised">
        {checks.map(([id, word]) => (
          <Row key={id} id={id} word={word} step={known.get(id)} />
        ))}
      </ol>
    </section>
  );
}

function Row({ id, word, step }: { id: CheckId; word: string; step: CheckStep | undefined }) {
  const state = step?.state ?? "waiting";
  const look = CHECK_LOOK[state];
  const quiet = state === "waiting" || state === "skipped";
  return (
    <li
      data-testid="check-row"
      data-check={id}
      data-state={state}
      data-fault={step?.fault ?? undefined}
      className="flex items-start gap-2 border-line-2 border-b px-2.5 py-[3px] last:border-b-0"
    >
      <span className="mt-[3px] flex-none">
        <Status tone={look.tone} iconOnly size={12}>
          {look.word}
        </Status>
      </span>
      <span className={cx("w-[74px] flex-none leading-[18px]", quiet && "text-fg-3")}>{word}</span>
      <span
        className={cx(
          "selectable min-w-0 flex-1 break-words text-label leading-[18px]",
          state === "failed" ? "text-fg" : "text-fg-2",
        )}
      >
        {quiet ? "" : step?.sentence}
      </span>
      {step && step.tookMs >= 50 && (
        <span className="tnum flex-none text-fg-3 text-label leading-[18px]">{step.tookMs} ms</span>
      )}
    </li>
  );
}
