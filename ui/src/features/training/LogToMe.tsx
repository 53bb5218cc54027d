import { useQuery } from "@tanstack/react-query";
import { CircleX } from "lucide-react";
import { Dialog, ErrorState, Skeleton, type Snippet, SnippetCard, Status } from "@/components";
import { logToMeQuery, workspaceQuery } from "@/lib/queries";

/** The same script, for the experiment on the screen; JSON's quotes are Python's too. */
const loggingTo = (python: string, experiment: string | null) =>
  experiment === null
    ? python
    : python.replace(/set_experiment\(".*"\)/, () => `set_experiment(${JSON.stringify(experiment)})`);

/** What a script needs to log here, ready to paste. */
export function LogToMeCard({ experiment, waiting = false }: { experiment: string | null; waiting?: boolean }) {
  const { data, error, refetch } = useQuery(logToMeQuery());
  if (error)
    return <ErrorState inline title="The snippet could not be made" error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton rows={9} />;
  const snippets: Snippet[] = [
    { id: "python", label: "Python", code: loggingTo(data.python, experiment), language: "python" },
    { id: "env", label: ".env", code: data.env, language: "env" },
    { id: "shell", label: "Shell", code: data.shell, language: "shell" },
  ];
  return (
    <SnippetCard
      title="Log to me"
      snippets={snippets}
      data-testid="log-to-me"
      aside={waiting && <Waiting trackingUri={data.trackingUri} />}
    />
  );
}

function Waiting({ trackingUri }: { trackingUri: string }) {
  const { data: workspace } = useQuery(workspaceQuery());
  const server = workspace?.server;
  const running = server?.running ?? true;
  return (
    <>
      <div className="mb-2.5 flex items-center gap-2.5">
        {running ? (
          <span aria-hidden className="live-spin size-4 flex-none rounded-l border-2 border-muted border-t-accent" />
        ) : (
          <CircleX size={16} className="text-bad" aria-hidden />
        )}
        <div>
          <b className="block font-semibold">{running ? "Waiting for the first run" : "Nothing can be logged yet"}</b>
          <span className="text-fg-3 text-label">
            {running ? "it appears here by itself" : (server?.problem ?? "The tracking server is stopped.")}
          </span>
        </div>
      </div>
      <dl className="kv">
        <dt>Tracking URI</dt>
        <dd className="mono">{trackingUri}</dd>
        <dt>Server</dt>
        <dd className="flex items-center justify-end">
          <Status tone={running ? "ok" : "bad"}>{running ? "Running" : "Stopped"}</Status>
        </dd>
        <dt>Store</dt>
        <dd>{workspace?.storeEngine ?? "—"}</dd>
      </dl>
    </>
  );
}

type DialogProps = { experiment: string | null; open: boolean; onClose: () => void };

/** The same card over a page that already has runs. */
export function LogToMeDialog({ experiment, open, onClose }: DialogProps) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Log runs from your own script"
      sub="Scripts that use MLflow log here unchanged"
      width={720}
      data-testid="log-to-me-dialog"
    >
      <div className="p-4">
        <LogToMeCard experiment={experiment} />
      </div>
    </Dialog>
  );
}
