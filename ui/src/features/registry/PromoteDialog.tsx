import { ArrowRight, ShieldCheck } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { ErrorLine } from "@/components/ErrorLine";
import { Field } from "@/components/Field";
import { StageChip } from "@/components/StageChip";
import { TextInput } from "@/components/TextInput";
import { toast } from "@/components/Toast";
import type { LegalMove, ModelVersion } from "@/lib/api";
import { usePromote } from "./queries";
import { moveLabel } from "./stages";

export type MoveRequest = { version: ModelVersion; move: LegalMove };

/**
 * Asks why, then moves. The reason stays in the history with actor and time; a move outside the lifecycle needs one. What the
 * server refuses is shown with the moves that it would take.
 */
export function PromoteDialog({ request, onClose }: { request: MoveRequest; onClose: () => void }) {
  const { version, move } = request;
  const [reason, setReason] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const promote = usePromote();
  const name = `v${version.version}`;
  const refused = !version.legalMoves.some((legal) => legal.to === move.to);
  const unexplained = !move.lifecycle && reason.trim() === "";

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (unexplained) return;
    promote.mutate(
      { name: version.name, version: version.version, to: move.to, reason: reason.trim() },
      {
        onSuccess: () => {
          toast.ok({ title: `${name} of ${version.name} is in ${move.to}` });
          onClose();
        },
      },
    );
  };

  return (
    <Dialog
      open
      onClose={onClose}
      width={480}
      title={`${moveLabel(move)}: ${name}`}
      sub={version.name}
      initialFocus={input}
      data-testid="promote-dialog"
      footNote={
        <>
          <ShieldCheck size={14} className="text-fg-3" aria-hidden />
          <span className="truncate">Endpoints stay as they are.</span>
        </>
      }
      footer={
        <>
          <Button size={28} kbd="Esc" onClick={onClose}>
            Cancel
          </Button>
          <Button
            size={28}
            variant="primary"
            kbd="Enter"
            type="submit"
            form="promote"
            busy={promote.isPending}
            disabled={unexplained}
            data-testid="confirm-promote"
          >
            {move.verb} {name}
          </Button>
        </>
      }
    >
      <form id="promote" onSubmit={submit} className="flex flex-col gap-3 p-4">
        {promote.isError && (
          <ErrorLine title="Nothing was changed" error={promote.error} data-testid="illegal-move-error" />
        )}
        <p className="flex items-center gap-2">
          <StageChip stage={version.stage} />
          <ArrowRight size={12} className="text-fg-3" aria-label="to" />
          <StageChip stage={move.to} />
        </p>
        {!move.lifecycle && !promote.isError && (
          <p className="text-warn">
            The lifecycle has no move from {version.stage} to {move.to}
            {refused
              ? `, and this workspace keeps to it: the move will be refused. Legal now: ${version.legalMoves.map(moveLabel).join(", ")}.`
              : ". Say why this one is right."}
          </p>
        )}
        <Field label="Reason" hint="Kept in the history with your name and the time.">
          {(control) => (
            <TextInput
              {...control}
              ref={input}
              size={28}
              value={reason}
              onChange={setReason}
              data-testid="reason-input"
              placeholder="why this move"
            />
          )}
        </Field>
      </form>
    </Dialog>
  );
}
