import { Segmented } from "@/components";
import { formatInteger } from "@/lib/format";
import type { BulkTarget, Reach } from "./scope";

type Props = { target: BulkTarget; value: Reach; onChange: (reach: Reach) => void };

/** Which runs: those checked, or all that match, the ones not yet loaded among them. */
export function ReachField({ target, value, onChange }: Props) {
  return (
    <div className="flex flex-col gap-1.5">
      <span className="font-medium">Runs</span>
      <Segmented<Reach>
        label="Runs"
        size={28}
        stretch
        options={[
          { value: "checked", label: `Checked, ${formatInteger(target.checked.length)}` },
          {
            value: "all",
            label: `${target.filter ? "All in the filter" : "All in the experiment"}, ${formatInteger(target.total)}`,
          },
        ]}
        value={value}
        onChange={onChange}
      />
      {value === "all" && target.filter && (
        <p className="mono truncate text-fg-3" title={target.filter}>
          {target.filter}
        </p>
      )}
    </div>
  );
}
