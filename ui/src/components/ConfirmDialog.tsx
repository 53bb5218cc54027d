import { type ReactNode, useState } from "react";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { ErrorLine } from "./ErrorLine";
import { Field } from "./Field";
import { TextInput } from "./TextInput";

type Props = {
  title: string;
  /** What will happen, in figures. */
  children: ReactNode;
  /** What can be brought back, and how. */
  safe?: ReactNode;
  verb: string;
  /** Must be typed before the button works: for what cannot be undone. */
  typed?: string;
  danger?: boolean;
  /** False while there is nothing to do it to. */
  ready?: boolean;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
  "data-testid"?: string;
};

/** Asks once more before something large or final. */
export function ConfirmDialog({
  title,
  children,
  safe,
  verb,
  typed,
  danger,
  ready: possible = true,
  onConfirm,
  onClose,
  "data-testid": testId,
}: Props) {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const ready = possible && (typed === undefined || text.trim() === typed);
  const confirm = async () => {
    if (!ready || busy) return;
    setBusy(true);
    setError(null);
    try {
      await onConfirm();
      onClose();
    } catch (cause) {
      setError(cause);
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      width={480}
      footNote={safe}
      data-testid={testId}
      footer={
        <>
          <Button size={28} onClick={onClose}>
            Cancel
          </Button>
          <Button
            size={28}
            variant={danger ? "danger" : "primary"}
            disabled={!ready}
            busy={busy}
            data-testid="confirm"
            onClick={() => void confirm()}
          >
            {verb}
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-3 p-4"
        onSubmit={(event) => {
          event.preventDefault();
          void confirm();
        }}
      >
        {error !== null && <ErrorLine title="Nothing was changed" error={error} onDismiss={() => setError(null)} />}
        {children}
        {typed !== undefined && (
          <Field label={`Type ${typed} to confirm`}>
            {({ invalid: _, ...control }) => (
              <TextInput {...control} size={28} value={text} onChange={setText} autoFocus data-testid="confirm-typed" />
            )}
          </Field>
        )}
      </form>
    </Dialog>
  );
}
