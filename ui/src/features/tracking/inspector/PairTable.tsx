import { Filter, FilterX } from "lucide-react";
import { IconButton } from "@/components";
import type { Pair } from "@/lib/api";

type Props = {
  pairs: readonly Pair[];
  /** Click a value to filter to it, or to drop it. */
  onFilter?: (key: string, value: string, keep: boolean) => void;
};

/** Parameters or tags: key, value, and on hover the way to filter by it. */
export function PairTable({ pairs, onFilter }: Props) {
  return (
    <ul>
      {pairs.map(({ key, value }) => (
        <li
          key={key}
          className="group flex min-h-6 items-center gap-3 border-line-2 border-b px-3 py-0.5 last:border-b-0"
        >
          <span className="w-36 flex-none truncate text-fg-3" title={key}>
            {key}
          </span>
          <span className="selectable min-w-0 flex-1 break-words" title={value}>
            {value === "" ? <span className="text-fg-3">empty</span> : value}
          </span>
          {onFilter && (
            <span className="flex flex-none opacity-0 group-focus-within:opacity-100 group-hover:opacity-100">
              <IconButton
                icon={Filter}
                size={20}
                iconSize={12}
                label={`Filter to ${key} = ${value}`}
                onClick={() => onFilter(key, value, true)}
              />
              <IconButton
                icon={FilterX}
                size={20}
                iconSize={12}
                label={`Exclude ${key} = ${value}`}
                onClick={() => onFilter(key, value, false)}
              />
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}
