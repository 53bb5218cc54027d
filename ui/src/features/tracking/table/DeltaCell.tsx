import { formatDelta } from "@/lib/format";

type Props = { value: number | null; digits: number | undefined; largest: number };

const BAR_PX = 44;

/** The distance to the baseline, with a 2 px bar for its size. The bar does not judge: the app cannot know what is better. */
export function DeltaCell({ value, digits, largest }: Props) {
  if (value === null) return <span className="text-fg-3">—</span>;
  const width = largest > 0 ? Math.max(1, (Math.abs(value) / largest) * BAR_PX) : 0;
  return (
    <span className={value === 0 ? "text-fg-3" : "text-fg-2"}>
      {formatDelta(value, digits)}
      {value !== 0 && (
        <i aria-hidden className="absolute right-2 bottom-[3px] h-0.5 rounded-[1px] bg-muted" style={{ width }} />
      )}
    </span>
  );
}
