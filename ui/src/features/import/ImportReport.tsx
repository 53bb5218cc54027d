import { Status } from "@/components";
import type { ImportReport as Report } from "@/lib/api";
import { formatBytes, formatDuration, formatInteger, plural } from "@/lib/format";
import { ImportNotes } from "./ImportNotes";
import { tallies, told } from "./words";

const OUTCOME = {
  finished: ["ok", "Everything that could be imported is here"],
  cancelled: ["warn", "Stopped; what came so far is kept"],
  failed: ["bad", "Interrupted; what came so far is kept"],
} as const;

/** What came, what did not, and why. */
export function ImportReport({ report }: { report: Report }) {
  const [tone, title] = OUTCOME[report.outcome];
  return (
    <div className="flex flex-col gap-3 p-4" data-testid="import-report" data-outcome={report.outcome}>
      <div>
        <Status tone={tone}>
          <b className="font-semibold">{title}</b>
        </Status>
        <p className="mt-1 text-fg-2">
          {report.sourceKind}, {formatDuration(report.endedAtMs - report.startedAtMs)}
        </p>
        {report.error && <p className="selectable mt-1 break-words text-bad">{report.error}</p>}
        {report.outcome !== "finished" && <p className="mt-1 text-fg-2">Import it again to go on from here.</p>}
      </div>
      <dl className="kv">
        {tallies(report).map(([what, tally]) => (
          <div key={what} className="contents">
            <dt>{what}</dt>
            <dd className="tnum">{told(tally)}</dd>
          </div>
        ))}
        <dt>Metric points</dt>
        <dd className="tnum">{formatInteger(report.points)}</dd>
        <dt>Files</dt>
        <dd className="tnum">
          {plural(report.artifacts, "file")}, {formatBytes(report.artifactBytes)}
        </dd>
      </dl>
      <ImportNotes title="Left behind" bad notes={report.problems} more={report.problemsLeftOut} />
      <ImportNotes title="Notes" notes={report.notes} />
    </div>
  );
}
