import { cx } from "@/lib/cx";

type Props = {
  label: string;
  /** 0 to 1; null when the length is unknown. */
  fraction: number | null;
  tone?: "accent" | "ok" | "warn" | "bad";
};

const TONE = { accent: "bg-accent", ok: "bg-ok", warn: "bg-warn", bad: "bg-bad" };

/** How far a task is: 3 px, no stripes. Unknown length shows a third of the bar, still. */
export function ProgressBar({ label, fraction, tone = "accent" }: Props) {
  const percent = fraction === null ? 33 : Math.max(0, Math.min(1, fraction)) * 100;
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={fraction === null ? undefined : Math.round(percent)}
      className="h-[3px] w-full overflow-hidden rounded-[1.5px] bg-muted"
    >
      <div className={cx("h-full", TONE[tone], fraction === null && "opacity-60")} style={{ width: `${percent}%` }} />
    </div>
  );
}
