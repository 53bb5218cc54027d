import { Split } from "@/components/Split";
import type { OutputView } from "@/lib/api";
import { OutputFigures } from "./OutputFigures";
import { OutputTable } from "./OutputTable";

/** One output: its table left, what it is like right. */
export function OutputPanel({ runId, output }: { runId: string; output: OutputView }) {
  return (
    <div className="flex h-full min-h-0">
      <Split
        id="run.output"
        label="Table and figures"
        sized="end"
        initial={420}
        min={300}
        max={760}
        start={<OutputTable runId={runId} output={output} />}
        end={<OutputFigures output={output} />}
      />
    </div>
  );
}
