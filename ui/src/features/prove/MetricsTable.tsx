import { CircleCheck, CircleX } from "lucide-react";
import { Table, Td, Th, Tr } from "@/components/Table";
import type { OutputMetrics } from "@/lib/api";
import { formatInteger, formatNumber } from "@/lib/format";
import { differenceText, nearOne, shareText } from "./words";

type Props = {
  outputs: readonly OutputMetrics[];
  selected: string | null;
  onSelect: (output: string) => void;
};

const HEADS: [string, number, string][] = [
  ["Within", 108, "Elements within the tolerance"],
  ["Max abs", 80, "Largest |actual − expected|"],
  ["at row", 78, "Counted from 0, as DataFrame.iloc has it"],
  ["Max rel", 80, "Largest |actual − expected| / |expected|"],
  ["Mean", 80, "Mean of actual − expected: a bias"],
  ["RMS", 76, "Root of the mean squared difference"],
  ["Cosine", 92, "Cosine similarity of all elements"],
  ["SNR dB", 68, "10 log10(Σ expected² / Σ difference²)"],
  ["Rank", 92, "Spearman's rank correlation"],
  ["Signs", 60, "Elements whose sign flips"],
  ["Labels", 62, "Labels that differ, or rows whose largest element stands elsewhere"],
  ["NaN, inf", 68, "Elements where one side is NaN or infinite and the other is not the same"],
];

/** One line an output; the picked one is drawn below. */
export function MetricsTable({ outputs, selected, onSelect }: Props) {
  return (
    <div className="overflow-x-auto">
      <Table className="min-w-[1080px]" data-testid="metrics-table">
        <colgroup>
          <col />
          {HEADS.map(([head, width]) => (
            <col key={head} style={{ width }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            <Th edge>Output</Th>
            {HEADS.map(([head, , title]) => (
              <Th key={head} numeric edge title={title}>
                {head}
              </Th>
            ))}
          </tr>
        </thead>
        <tbody>
          {outputs.map((output) => (
            <Line key={output.output} output={output} selected={output.output === selected} onSelect={onSelect} />
          ))}
        </tbody>
      </Table>
    </div>
  );
}

type LineProps = { output: OutputMetrics; selected: boolean; onSelect: (output: string) => void };

function Line({ output, selected, onSelect }: LineProps) {
  const within = output.within === output.elements;
  const Icon = within ? CircleCheck : CircleX;
  const number = (value: number | null) => (
    <Td numeric edge title={value === null ? undefined : String(value)}>
      {value === null ? "—" : formatNumber(value, undefined, 3)}
    </Td>
  );
  const labels = output.labelDisagreements ?? output.argmaxDisagreements;
  return (
    <Tr selected={selected} onPick={() => onSelect(output.output)} data-testid="metrics-row">
      <Td edge title={`${output.output} against ${output.expected}`}>
        <Icon size={12} className={within ? "mr-1.5 inline text-ok" : "mr-1.5 inline text-bad"} aria-hidden />
        <span className="mono">{output.output}</span>
        {output.expected !== output.output && <span className="text-fg-3"> ← {output.expected}</span>}
      </Td>
      <Td numeric edge title={`${output.within} of ${output.elements} elements`}>
        {shareText(output.within, output.elements)}
      </Td>
      <Td numeric edge title={String(output.maxAbs?.value ?? "")} className="font-medium">
        {output.maxAbs ? differenceText(output.maxAbs.value) : "0"}
      </Td>
      <Td numeric edge>
        {output.maxAbs ? formatInteger(output.maxAbs.row) : "—"}
      </Td>
      <Td numeric edge title={String(output.maxRel?.value ?? "")}>
        {output.maxRel ? differenceText(output.maxRel.value) : output.label ? "—" : "0"}
      </Td>
      {number(output.meanDifference)}
      {number(output.rms)}
      <Td numeric edge title={String(output.cosine ?? "")}>
        {nearOne(output.cosine)}
      </Td>
      <Td numeric edge title={String(output.snrDb ?? "")}>
        {output.snrDb === null ? (output.rms === 0 ? "∞" : "—") : formatNumber(output.snrDb, 1)}
      </Td>
      <Td numeric edge title={output.rankRefused ?? String(output.rankCorrelation ?? "")}>
        {nearOne(output.rankCorrelation)}
      </Td>
      <Td numeric edge>
        {formatInteger(output.signFlips)}
      </Td>
      <Td numeric edge>
        {labels === null ? "—" : formatInteger(labels)}
      </Td>
      <Td numeric edge>
        {formatInteger(output.nanDisagreements + output.infiniteDisagreements)}
      </Td>
    </Tr>
  );
}
