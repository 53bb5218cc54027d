import { Slider } from "@base-ui/react/slider";
import { useId } from "react";

type Props = { value: number; onChange: (value: number) => void };

/** The weight of the moving average; 0 draws the raw line alone. */
export function SmoothingSlider({ value, onChange }: Props) {
  const id = useId();
  return (
    <div className="flex items-center gap-2 text-fg-2">
      <span id={id}>Smoothing</span>
      <Slider.Root
        aria-labelledby={id}
        value={value}
        min={0}
        max={0.99}
        step={0.01}
        onValueChange={(next) => onChange(typeof next === "number" ? next : (next[0] ?? 0))}
      >
        <Slider.Control className="flex h-3.5 w-21 items-center">
          <Slider.Track className="h-0.5 w-full rounded-[1px] bg-muted">
            <Slider.Indicator className="rounded-[1px] bg-fg-2" />
            <Slider.Thumb
              aria-labelledby={id}
              className="size-2.5 rounded-[5px] bg-fg outline-offset-1 has-focus-visible:outline-2 has-focus-visible:outline-accent"
            />
          </Slider.Track>
        </Slider.Control>
      </Slider.Root>
      <span className="tnum w-7 text-right text-fg">{value.toFixed(2)}</span>
    </div>
  );
}
