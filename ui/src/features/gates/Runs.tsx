import { Card, CardHead } from "@/components/Card";
import { VERDICT_LOOK } from "@/components/GateRow";
import { Status } from "@/components/Status";
import type { GateReport } from "@/lib/api";
import { useNow } from "@/lib/clock";
import { cx } from "@/lib/cx";
import { formatAgo } from "@/lib/format";
import { passed } from "./words";

type Props = { reports: readonly GateReport[]; shown: GateReport | null; onShow: (report: GateReport) => void };

/** Every run of the gates of this version that is kept, newest first. */
export function Runs({ reports, shown, onShow }: Props) {
  const now = useNow();
  return (
    <Card>
      <CardHead title="Reports" sub="kept with this version">
        {reports.length}
      </CardHead>
      <ul className="max-h-44 overflow-auto" data-testid="gate-runs">
        {reports.map((report) => {
          const look = VERDICT_LOOK[report.verdict];
          const own = report === shown;
          return (
            <li key={`${report.reportId} ${report.startedAtMs}`} className="border-line-2 border-b last:border-b-0">
              <button
                type="button"
                aria-current={own || undefined}
                onClick={() => onShow(report)}
                className={cx(
                  "flex h-7 w-full items-center gap-3 px-3 text-left hover:bg-hover",
                  own && "bg-accent-weak",
                )}
              >
                <span className="w-28 flex-none">
                  <Status tone={look.tone}>{look.word}</Status>
                </span>
                <span className="tnum w-16 flex-none text-fg-2">
                  {passed(report.checks)} of {report.checks.length}
                </span>
                <span className="min-w-0 flex-1 truncate text-fg-3">
                  {report.gateFile?.origin === "registry"
                    ? `revision ${report.gateFile.revision}`
                    : report.gateFile
                      ? report.gateFile.origin
                      : "earlier release"}
                </span>
                <span className="tnum flex-none text-fg-3">{formatAgo(report.startedAtMs, now)}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
