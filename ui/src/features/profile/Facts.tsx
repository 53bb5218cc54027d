import { Flame, Save } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/components/Button";
import { toast } from "@/components/Toast";
import type { ProfileReport } from "@/lib/api";
import { formatInteger, formatPercent } from "@/lib/format";
import { nodeShares } from "@/lib/nodeShares";
import { useLabTab } from "@/lib/view";
import { useSaveTrace } from "./queries";
import { timeShares, unmatchedShare } from "./shares";
import type { InspectSource } from "./source";
import { formatUs } from "./words";

/** The run as a whole, and where else its profile can be looked at. */
export function Facts({ report, source }: { report: ProfileReport; source: InspectSource }) {
  const [, setTab] = useLabTab();
  const save = useSaveTrace();
  const fused = report.nodes.filter((node) => node.origin.kind === "fused").length;
  const showOnGraph = () => {
    nodeShares.set(timeShares(source, report));
    setTab("graph");
  };
  const onSave = () =>
    save.mutate(report, {
      onSuccess: (path) => path && toast.ok({ title: "Trace saved", detail: `${path}: open it in ui.perfetto.dev` }),
      onError: (error) => toast.error("The trace was not saved", error),
    });
  return (
    <div
      data-testid="profile-facts"
      className="flex flex-none flex-wrap items-center gap-x-6 gap-y-2 rounded-card border border-line bg-panel px-3 py-2"
    >
      <Fact label="Run, p50" note={`${formatInteger(report.runs)} runs, batch ${formatInteger(report.batch)}`}>
        {formatUs(report.runP50Us)}
      </Fact>
      <Fact label="Without profiler" note={`profiling costs ${slower(report)}`}>
        {formatUs(report.plainP50Us)}
      </Fact>
      <Fact label="Outside of nodes" note={`${formatUs(report.outsideMeanUs)} a run`}>
        {formatPercent(report.outsideShare)}
      </Fact>
      <Fact label="Nodes that ran" note={`${formatInteger(fused)} fused from several`}>
        {formatInteger(report.nodes.length)}
      </Fact>
      <Fact label="Not in the file" note="of the time, put in or not matched">
        {formatPercent(unmatchedShare(report))}
      </Fact>
      <span className="ml-auto flex gap-2">
        <Button icon={Flame} data-testid="profile-heat" onClick={showOnGraph}>
          Show on graph
        </Button>
        <Button icon={Save} data-testid="profile-trace" disabled={save.isPending} onClick={onSave}>
          Save for Perfetto
        </Button>
      </span>
    </div>
  );
}

const slower = (report: ProfileReport): string => {
  const more = report.runP50Us / report.plainP50Us - 1;
  return more < 0.005 ? "nothing that is seen" : `${formatPercent(more, 0)} more`;
};

function Fact({ label, note, children }: { label: string; note: string; children: ReactNode }) {
  return (
    <span className="tnum flex flex-col whitespace-nowrap">
      <span className="text-fg-2 text-label">{label}</span>
      <b className="font-semibold text-title leading-5">{children}</b>
      <span className="text-fg-3 text-label">{note}</span>
    </span>
  );
}
