import { Chip } from "@/components";
import { Table, Td, Th } from "@/components/Table";
import type { ImportPreview as Preview } from "@/lib/api";
import { formatInteger, plural } from "@/lib/format";
import { ImportNotes } from "./ImportNotes";

/** What will be brought, before anything is. */
export function ImportPreview({ preview }: { preview: Preview }) {
  const counts = [
    [preview.experiments.length, "experiment"],
    [preview.runs, "run"],
    [preview.loggedModels, "logged model"],
    [preview.models, "registered model"],
    [preview.versions, "model version"],
  ] as const;
  return (
    <div className="flex flex-col gap-3 p-4" data-testid="import-preview">
      <div>
        <p className="font-semibold text-head">{preview.sourceKind}</p>
        <p className="mono selectable truncate text-fg-2">{preview.source}</p>
      </div>
      <ul className="tnum flex flex-wrap gap-x-5 gap-y-1">
        {counts.map(([count, what]) => (
          <li key={what}>
            <b className="font-semibold">{formatInteger(count)}</b>{" "}
            <span className="text-fg-2">{plural(count, what).replace(/^[\d,.\s]+/, "")}</span>
          </li>
        ))}
      </ul>
      <div className="max-h-56 overflow-y-auto rounded-card border border-line bg-app">
        <Table>
          <colgroup>
            <col />
            <col className="w-24" />
          </colgroup>
          <thead>
            <tr>
              <Th edge>Experiment</Th>
              <Th edge numeric>
                Runs
              </Th>
            </tr>
          </thead>
          <tbody>
            {preview.experiments.map((experiment) => (
              <tr key={`${experiment.name} ${experiment.deleted}`}>
                <Td edge>
                  {experiment.name} {experiment.deleted && <Chip>In the trash</Chip>}
                </Td>
                <Td edge numeric>
                  {formatInteger(experiment.runs)}
                </Td>
              </tr>
            ))}
          </tbody>
        </Table>
      </div>
      <p className="text-fg-3 text-label">Histories and files are counted while they are imported.</p>
      <ImportNotes title="Notes" notes={preview.notes} />
      <ImportNotes title="Cannot be read" bad notes={preview.problems} more={preview.problemsLeftOut} />
    </div>
  );
}
