import type { Run } from "@/lib/api";
import { columnDigits, formatDuration, formatReading, fullReading } from "@/lib/format";

export type CompareCell = { text: string; title: string } | null;
export type CompareRow = {
  kind: "about" | "param" | "metric" | "tag";
  key: string;
  cells: readonly CompareCell[];
  /** Not the same everywhere; one that some runs lack differs too. */
  differs: boolean;
};

const plain = (text: string | undefined): CompareCell => (text === undefined ? null : { text, title: text });

function row(kind: CompareRow["kind"], key: string, cells: CompareCell[]): CompareRow {
  const first = cells[0]?.title;
  return { kind, key, cells, differs: cells.some((cell) => cell?.title !== first) };
}

function keysOf(runs: readonly Run[], read: (run: Run) => readonly { key: string }[]): string[] {
  return [...new Set(runs.flatMap((run) => read(run).map(({ key }) => key)))].sort((a, b) => a.localeCompare(b, "en"));
}

/** Every key of every run, once: metrics first, then parameters, then tags of people. */
export function compareRows(runs: readonly Run[]): CompareRow[] {
  return [
    row(
      "about",
      "Time",
      runs.map((run) => (run.endedAtMs === null ? null : plain(formatDuration(run.endedAtMs - run.startedAtMs)))),
    ),
    ...keysOf(runs, (run) => run.metrics).map((key) => {
      const readings = runs.map((run) => run.metrics.find((metric) => metric.key === key)?.latest);
      const digits = columnDigits(readings);
      return row(
        "metric",
        key,
        readings.map((value) =>
          value === undefined ? null : { text: formatReading(value, digits), title: fullReading(value) },
        ),
      );
    }),
    ...keysOf(runs, (run) => run.params).map((key) =>
      row(
        "param",
        key,
        runs.map((run) => plain(run.params.find((param) => param.key === key)?.value)),
      ),
    ),
    ...keysOf(runs, (run) => run.tags)
      .filter((key) => !key.startsWith("mlflow."))
      .map((key) =>
        row(
          "tag",
          key,
          runs.map((run) => plain(run.tags.find((tag) => tag.key === key)?.value)),
        ),
      ),
  ];
}
