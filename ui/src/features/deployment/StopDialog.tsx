import { ShieldCheck } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { ErrorLine } from "@/components/ErrorLine";
import { Field } from "@/components/Field";
import { TextInput } from "@/components/TextInput";
import { toast } from "@/components/Toast";
import type { Endpoint } from "@/lib/api";
import { useEndpointAction } from "./queries";

/** Stopping cuts clients off, so it asks once and says what stays. */
export function StopDialog({ endpoint, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const stop = useEndpointAction("stop");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    stop.mutate(
      { endpoint: endpoint.name, reason: reason.trim() },
      {
        onSuccess: () => {
          toast.ok({ title: `${endpoint.name} is stopped` });
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
      title={`Stop ${endpoint.name}`}
      initialFocus={input}
      data-testid="stop-dialog"
      footNote={
        <>
          <ShieldCheck size={14} className="text-fg-3" aria-hidden />
          <span className="leading-4">v{endpoint.version} keeps its stage; Start brings it back.</span>
        </>
      }
      footer={
        <>
          <Button size={28} kbd="Esc" onClick={onClose}>
            Cancel
          </Button>
          <Button
            size={28}
            variant="danger"
            type="submit"
            form="stop"
            kbd="Enter"
            busy={stop.isPending}
            data-testid="confirm-stop"
          >
            Stop
          </Button>
        </>
      }
    >
      <form id="stop" onSubmit={submit} className="flex flex-col gap-3 p-4">
        {stop.isError && <ErrorLine title="It still runs" error={stop.error} />}
        <p className="selectable text-fg-2">
          Requests to <span className="mono">{endpoint.address}</span> will be refused until it is started again.
        </p>
        <Field label="Reason" hint="Kept with the deployment.">
          {(control) => (
            <TextInput
              {...control}
              ref={input}
              size={28}
              value={reason}
              onChange={setReason}
              data-testid="reason-input"
            />
          )}
        </Field>
      </form>
    </Dialog>
  );
}
