import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ArrowRightLeft } from "lucide-react";
import { Button, ErrorState } from "@/components";
import { api } from "@/lib/api";
import { openWorkspaces } from "@/lib/desk";
import { DatabaseDown } from "./DatabaseDown";
import { workspacesQuery } from "./queries";
import { VaultNote } from "./VaultNote";

/** In place of every page while the workspace itself cannot be opened: nothing that is shown could be true. */
export function WorkspaceProblem({ error }: { error: unknown }) {
  const client = useQueryClient();
  const { data: list } = useQuery(workspacesQuery());
  const reopen = useMutation({
    mutationFn: () => api.reopenWorkspace(),
    onSuccess: () => client.resetQueries(),
    // What is on the screen stays until the new answer: a page that goes and comes back looks like another failure.
    onError: () => client.invalidateQueries(),
  });
  const current = list?.workspaces.find((card) => card.current);
  if (current?.kind === "team" && list?.vault.state === "locked")
    return (
      <main data-testid="workspace-locked" className="grid min-h-0 flex-1 place-items-center bg-app p-6">
        <div className="flex w-[520px] max-w-full flex-col gap-3">
          <h2 className="font-semibold text-page">Unlock {current.name}</h2>
          <VaultNote vault={list.vault} onOpened={() => reopen.mutate()} />
          <p className="flex items-center gap-2 text-fg-3">
            Asked once, until Drydock is closed.
            <Button variant="ghost" icon={ArrowRightLeft} className="ml-auto" onClick={openWorkspaces}>
              Open another workspace
            </Button>
          </p>
        </div>
      </main>
    );
  if (current && list && list.retryAtMs !== null)
    return (
      <DatabaseDown
        workspace={current}
        error={error}
        retryAtMs={list.retryAtMs}
        busy={reopen.isPending}
        onRetry={() => reopen.mutate()}
      />
    );
  return (
    <main data-testid="workspace-problem" className="min-h-0 flex-1 bg-app">
      <ErrorState
        title={
          current && current.kind === "team"
            ? `${current.name} could not be opened`
            : "The workspace could not be opened"
        }
        error={error}
        onRetry={reopen.isPending ? undefined : () => reopen.mutate()}
        action={
          <Button icon={ArrowRightLeft} onClick={openWorkspaces}>
            Open another workspace
          </Button>
        }
      />
    </main>
  );
}
