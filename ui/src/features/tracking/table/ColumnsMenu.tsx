import { Columns3, Search } from "lucide-react";
import { useMemo, useState } from "react";
import { Button, Checkbox, Popover, Segmented, TextInput } from "@/components";
import { formatInteger } from "@/lib/format";
import type { Aggregate } from "../state";
import type { RunColumn } from "./columns";

type Props = {
  available: readonly RunColumn[];
  shown: readonly string[];
  onChange: (columns: string[] | null) => void;
  aggregate: Aggregate;
  onAggregate: (aggregate: Aggregate) => void;
};

const AGGREGATES = [
  { value: "latest", label: "Latest" },
  { value: "min", label: "Min" },
  { value: "max", label: "Max" },
] as const;
const LISTED = 200;

/** Which columns, and which value of a metric's history they show. */
export function ColumnsMenu({ available, shown, onChange, aggregate, onAggregate }: Props) {
  const [search, setSearch] = useState("");
  const matches = useMemo(() => {
    const wanted = search.trim().toLowerCase();
    return available.filter((column) => column.id.toLowerCase().includes(wanted));
  }, [available, search]);
  const visible = new Set(shown);
  const toggle = (id: string, on: boolean) => onChange(on ? [...shown, id] : shown.filter((each) => each !== id));
  return (
    <Popover
      label="Columns"
      trigger={
        <Button icon={Columns3} data-testid="columns-button">
          Columns{" "}
          <span className="tnum font-normal text-fg-3">
            {formatInteger(available.filter((column) => visible.has(column.id)).length)} of{" "}
            {formatInteger(available.length)}
          </span>
        </Button>
      }
    >
      <div className="flex w-72 flex-col gap-2 p-2">
        <TextInput
          value={search}
          onChange={setSearch}
          icon={Search}
          placeholder="Find a column"
          aria-label="Find a column"
        />
        <div className="flex items-center justify-between">
          <span className="text-fg-3 text-label">Metric columns show</span>
          <Segmented label="Metric columns show" options={AGGREGATES} value={aggregate} onChange={onAggregate} />
        </div>
        <ul className="-mx-2 max-h-80 overflow-auto border-line-2 border-y py-1">
          {matches.slice(0, LISTED).map((column) => (
            <li key={column.id}>
              {/* biome-ignore lint/a11y/noLabelWithoutControl: Checkbox is the control */}
              <label className="flex h-6 items-center gap-2 px-3 hover:bg-hover">
                <Checkbox label={column.id} checked={visible.has(column.id)} onChange={(on) => toggle(column.id, on)} />
                <span className="min-w-0 flex-1 truncate">{column.key}</span>
                <span className="text-fg-3 text-label">{column.kind}</span>
              </label>
            </li>
          ))}
          {matches.length > LISTED && (
            <li className="px-3 py-1 text-fg-3 text-label">
              {LISTED} of {formatInteger(matches.length)}: search to narrow
            </li>
          )}
          {matches.length === 0 && <li className="px-3 py-1 text-fg-3">No column matches</li>}
        </ul>
        <Button variant="ghost" className="self-start" onClick={() => onChange(null)}>
          Default columns
        </Button>
      </div>
    </Popover>
  );
}
