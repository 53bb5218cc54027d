import { LayoutGrid, Search } from "lucide-react";
import { useState } from "react";
import { Button, Checkbox, Popover, TextInput } from "@/components";
import { formatInteger } from "@/lib/format";

type Props = {
  keys: readonly string[];
  shown: readonly string[];
  most: number;
  onChange: (charts: string[] | null) => void;
};

const LISTED = 200;

/** Which metrics have a chart; at most twelve at a time. */
export function ChartsMenu({ keys, shown, most, onChange }: Props) {
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLowerCase();
  const matches = keys.filter((key) => key.toLowerCase().includes(wanted));
  const full = shown.length >= most;
  return (
    <Popover
      label="Charts"
      trigger={
        <Button icon={LayoutGrid} data-testid="charts-button">
          Charts{" "}
          <span className="tnum font-normal text-fg-3">
            {formatInteger(shown.length)} of {formatInteger(keys.length)}
          </span>
        </Button>
      }
    >
      <div className="flex w-64 flex-col gap-2 p-2">
        <TextInput
          value={search}
          onChange={setSearch}
          icon={Search}
          placeholder="Find a metric"
          aria-label="Find a metric"
        />
        <ul className="-mx-2 max-h-72 overflow-auto border-line-2 border-y py-1">
          {matches.slice(0, LISTED).map((key) => {
            const on = shown.includes(key);
            return (
              <li key={key}>
                {/* biome-ignore lint/a11y/noLabelWithoutControl: Checkbox is the control */}
                <label className="flex h-6 items-center gap-2 px-3 hover:bg-hover">
                  <Checkbox
                    label={key}
                    checked={on}
                    disabled={!on && full}
                    onChange={(next) => onChange(next ? [...shown, key] : shown.filter((each) => each !== key))}
                  />
                  <span className="truncate">{key}</span>
                </label>
              </li>
            );
          })}
          {matches.length > LISTED && (
            <li className="px-3 py-1 text-fg-3 text-label">
              {LISTED} of {formatInteger(matches.length)}: search to narrow
            </li>
          )}
          {matches.length === 0 && <li className="px-3 py-1 text-fg-3">No metric matches</li>}
        </ul>
        <div className="flex items-center justify-between text-fg-3 text-label">
          <Button variant="ghost" onClick={() => onChange(null)}>
            Default charts
          </Button>
          {full && <span>{most} at most</span>}
        </div>
      </div>
    </Popover>
  );
}
