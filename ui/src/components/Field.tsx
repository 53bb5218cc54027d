import { type ReactNode, useId } from "react";
import { cx } from "@/lib/cx";

type Props = {
  label: string;
  hint?: ReactNode;
  error?: string | null;
  /** Receives what ties the control to its label: spread it on TextInput or Select. */
  children: (control: { id: string; "aria-describedby": string; invalid: boolean }) => ReactNode;
  className?: string;
};

/** A labelled control with one line below it: the error when there is one, else the hint. */
export function Field({ label, hint, error, children, className }: Props) {
  const id = useId();
  const noteId = `${id}-note`;
  const note = error ?? hint;
  return (
    <div className={cx("flex flex-col gap-1.5", className)}>
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {children({ id, "aria-describedby": noteId, invalid: Boolean(error) })}
      {note && (
        <p
          id={noteId}
          role={error ? "alert" : undefined}
          className={cx("text-label", error ? "text-bad" : "text-fg-3")}
        >
          {note}
        </p>
      )}
    </div>
  );
}
