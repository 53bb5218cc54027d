import { Search } from "lucide-react";
import { useState } from "react";
import { Table, Td, Th, Tr } from "@/components/Table";
import { TextInput } from "@/components/TextInput";
import type { RegisteredModel } from "@/lib/api";
import { cx } from "@/lib/cx";
import { EMPTY } from "@/lib/format";

type Props = { models: readonly RegisteredModel[]; selected: string; onSelect: (name: string) => void };

/** Every registered model, with the version that is newest, in Staging and in Production. */
export function ModelList({ models, selected, onSelect }: Props) {
  const [filter, setFilter] = useState("");
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = models.filter((model) => words.every((word) => model.name.toLowerCase().includes(word)));
  return (
    // The left panel lists the models too, so a narrow window gives this room to the versions.
    <section
      aria-label="Models"
      className="hidden w-64 flex-none @min-[960px]:flex flex-col overflow-hidden border-line border-r bg-panel"
    >
      <header className="flex h-9 flex-none items-center gap-2 border-line border-b px-3">
        <h3 className="font-semibold text-head">Models</h3>
        <span className="tnum whitespace-nowrap text-fg-3 text-label">
          {shown.length} of {models.length}
        </span>
        <TextInput
          value={filter}
          onChange={setFilter}
          icon={Search}
          aria-label="Filter models"
          placeholder="Filter"
          className="ml-auto w-24 border-line"
        />
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">
        <Table aria-label="Registered models">
          <colgroup>
            <col />
            <col className="w-11" />
            <col className="w-10" />
            <col className="w-12" />
          </colgroup>
          <thead className="sticky top-0 z-1 bg-panel">
            <tr>
              <Th edge>Name</Th>
              <Th numeric className="px-1!">
                latest
              </Th>
              <Th numeric className="px-1!" title="Version in Staging">
                stag.
              </Th>
              <Th numeric edge className="pl-1!" title="Version in Production">
                prod.
              </Th>
            </tr>
          </thead>
          <tbody>
            {shown.map((model) => (
              <Tr
                key={model.name}
                data-testid="model-row"
                data-model={model.name}
                selected={model.name === selected}
                onPick={() => onSelect(model.name)}
                className={cx("h-8", model.name === selected && "shadow-[inset_2px_0_0_var(--accent)]")}
              >
                <Td
                  edge
                  title={model.name}
                  className={cx("pr-1!", model.name === selected ? "font-medium" : "text-fg-2")}
                >
                  {model.name}
                </Td>
                <VersionCell version={model.latestVersion} strong />
                <VersionCell version={model.stagingVersion} />
                <VersionCell version={model.productionVersion} last />
              </Tr>
            ))}
          </tbody>
        </Table>
        {shown.length === 0 && <p className="px-3 py-2 text-fg-3">No model name contains "{filter}".</p>}
      </div>
    </section>
  );
}

function VersionCell({ version, strong, last }: { version: number | null; strong?: boolean; last?: boolean }) {
  const tone = version === null ? "text-fg-3" : strong ? "text-fg" : "text-fg-2";
  return (
    <Td numeric edge={last} className={cx("mono", last ? "pl-1!" : "px-1!", tone)}>
      {version === null ? EMPTY : `v${version}`}
    </Td>
  );
}
