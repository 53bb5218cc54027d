import { useQuery } from "@tanstack/react-query";
import { CircleStop, Plug, ShieldCheck, Users } from "lucide-react";
import { useState } from "react";
import { Button, Dialog } from "@/components";
import { ErrorLine } from "@/components/ErrorLine";
import { api, type CheckStep, channel, type DrydockError, isCancelled, type WorkspaceCard } from "@/lib/api";
import { useTask } from "@/lib/task";
import { ConnectChecks } from "./ConnectChecks";
import { ConnectFields } from "./ConnectFields";
import { type ConnectForm, EMPTY_FORM, type FormErrors, formOf, missing, toInput } from "./connectForm";
import { useConnect, workspacesQuery } from "./queries";
import { VaultNote } from "./VaultNote";

/** Connects to a team's workspace: the form left; on the right what the test finds on the way. */
export function ConnectDialog({ card, onClose }: { card: WorkspaceCard | null; onClose: () => void }) {
  const [form, setForm] = useState<ConnectForm>(card ? formOf(card) : EMPTY_FORM);
  const [errors, setErrors] = useState<FormErrors>({});
  const test = useConnectionTest();
  const connect = useConnect();
  const { data: list } = useQuery(workspacesQuery());
  const locked = list !== undefined && list.vault.state !== "ready";
  const busy = test.running || connect.isPending;
  const id = card?.id ?? null;

  const change = (next: ConnectForm) => {
    setForm(next);
    setErrors((known) => (Object.keys(known).length > 0 ? missing(next) : known));
    test.forget();
    connect.reset();
  };
  const complete = () => {
    const found = missing(form);
    setErrors(found);
    return Object.keys(found).length === 0;
  };
  const start = () => {
    if (!complete() || locked || busy) return;
    connect.mutate(toInput(form, id));
  };

  return (
    <Dialog
      open
      onClose={() => {
        test.stop();
        onClose();
      }}
      width={920}
      title={card ? `Connection of ${card.name}` : "Connect team workspace"}
      sub="shared on PostgreSQL and S3"
      icon={<Users size={16} className="flex-none text-accent" aria-hidden />}
      data-testid="connect-dialog"
      footNote={
        <>
          <ShieldCheck size={14} className="flex-none text-fg-3" aria-hidden />
          <span className="truncate">
            {connect.isPending
              ? "Until the database is open, the workspace that is open now stays."
              : locked
                ? "Connecting waits for the passphrase at the right."
                : "Nothing is kept before you connect."}
          </span>
        </>
      }
      footer={
        <>
          {test.running ? (
            <Button size={28} icon={CircleStop} data-testid="connect-stop" onClick={test.stop}>
              Stop test
            </Button>
          ) : (
            <Button
              size={28}
              icon={Plug}
              data-testid="connect-test"
              disabled={busy || (card !== null && locked)}
              onClick={() => complete() && void test.run(toInput(form, id))}
            >
              Test connection
            </Button>
          )}
          <Button
            size={28}
            variant="primary"
            icon={Users}
            data-testid="connect-open"
            busy={connect.isPending}
            disabled={locked || test.running}
            title={locked ? "Passwords and keys cannot be kept yet" : undefined}
            onClick={start}
          >
            {card ? "Save and open" : "Connect"}
          </Button>
        </>
      }
    >
      <div className="flex h-[684px] max-h-full">
        <ConnectFields form={form} errors={errors} editing={card !== null} locked={busy} onChange={change} />
        <div className="min-w-0 flex-1 overflow-y-auto bg-panel">
          {list && (
            <div className="border-line border-b p-4 py-3">
              <VaultNote vault={list.vault} />
            </div>
          )}
          {(connect.error ?? test.error) && (
            <div className="px-4 pt-3 pb-0">
              <ErrorLine
                title={connect.error ? "Not connected" : "The test could not be carried out"}
                error={connect.error ?? test.error}
                data-testid="connect-error"
              />
            </div>
          )}
          <ConnectChecks steps={test.steps} running={test.running} />
        </div>
      </div>
    </Dialog>
  );
}

/** The test while it runs: each step as it is told. */
function useConnectionTest() {
  const [steps, setSteps] = useState<readonly CheckStep[]>([]);
  const [running, setRunning] = useState(false);
  const [error, setError] = useState<DrydockError | null>(null);
  const task = useTask();

  const run = async (input: ReturnType<typeof toInput>) => {
    setSteps([]);
    setError(null);
    setRunning(true);
    try {
      const progress = channel<CheckStep>((step) => setSteps((known) => [...known, step]));
      const report = await task.run("connection", (taskId) => api.checkTeamConnection(input, taskId, progress));
      setSteps(report.steps);
    } catch (failed) {
      if (isCancelled(failed)) setSteps([]);
      else setError(failed as DrydockError);
    } finally {
      setRunning(false);
    }
  };
  const forget = () => {
    if (running) return;
    setSteps([]);
    setError(null);
  };
  return { steps, running, error, run, stop: task.cancel, forget };
}
