import { Check } from "lucide-react";
import { Menu } from "@/components/Menu";

type Props = { all: readonly string[]; shown: readonly string[]; onChange: (chosen: string[]) => void };

/** Which metrics have a column. The latest choice comes first, so that it is seen even where there is room for one. */
export function MetricMenu({ all, shown, onChange }: Props) {
  const toggle = (key: string) =>
    onChange(shown.includes(key) ? shown.filter((each) => each !== key) : [key, ...shown.slice(0, 2)]);
  return (
    <Menu
      align="end"
      trigger={
        <button type="button" data-testid="choose-metrics" className="rounded text-accent hover:underline">
          Choose metrics
        </button>
      }
      entries={all.map((key) => ({
        label: key,
        icon: shown.includes(key) ? Check : undefined,
        detail: shown.includes(key) ? "shown" : undefined,
        onSelect: () => toggle(key),
      }))}
    />
  );
}
