import { ArrowRight, type LucideIcon } from "lucide-react";
import { Fragment, type ReactNode } from "react";
import { cx } from "@/lib/cx";

export type LineageStep = {
  key: string;
  icon: LucideIcon;
  kind: string;
  name: ReactNode;
  note: string;
  /** The note is an id or a digest. */
  mono?: boolean;
  title?: string;
  /** Does not exist yet: dashed. */
  absent?: boolean;
  here?: boolean;
  onOpen?: (() => void) | undefined;
};

/** Where a thing came from and where it went, left to right; each step that exists can be opened. */
export function LineageStrip({ steps }: { steps: readonly LineageStep[] }) {
  return (
    <ol className="flex min-w-0 items-center gap-1">
      {steps.map((step, index) => (
        <Fragment key={step.key}>
          {index > 0 && <ArrowRight size={12} className="text-fg-3" aria-hidden />}
          <Step step={step} />
        </Fragment>
      ))}
    </ol>
  );
}

function Step({ step }: { step: LineageStep }) {
  const { icon: Icon } = step;
  const body = (
    <>
      <span className="flex min-w-0 items-center gap-1 text-fg-3 text-label">
        <Icon size={12} aria-hidden />
        <span className="truncate">{step.kind}</span>
      </span>
      <span className={cx("block truncate font-medium leading-[18px]", step.absent && "text-fg-2")}>{step.name}</span>
      <span
        className={cx("block truncate text-fg-3", step.mono ? "mono" : "text-label")}
        title={step.title ?? step.note}
      >
        {step.note}
      </span>
    </>
  );
  const look = cx(
    "min-w-0 max-w-50 flex-1 rounded-card border px-2 pt-1 pb-1.5 text-left",
    step.absent ? "border-outline border-dashed" : step.here ? "border-accent bg-accent-weak" : "border-line bg-panel",
  );
  return (
    <li className="contents">
      {step.onOpen ? (
        <button
          type="button"
          data-testid="lineage-step"
          data-step={step.key}
          onClick={step.onOpen}
          className={cx(look, "hover:bg-hover")}
        >
          {body}
        </button>
      ) : (
        <div data-testid="lineage-step" data-step={step.key} className={look}>
          {body}
        </div>
      )}
    </li>
  );
}
