import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ErrorState } from "@/components";
import { api } from "@/lib/api";

/** In place of every page while the workspace itself cannot be opened: nothing that is shown could be true. */
export function WorkspaceProblem({ error }: { error: unknown }) {
  const client = useQueryClient();
  const reopen = useMutation({
    mutationFn: () => api.reopenWorkspace(),
    onSettled: () => client.resetQueries(),
  });
  return (
    <main data-testid="workspace-problem" className="min-h-0 flex-1 bg-app">
      <ErrorState
        title="The workspace could not be opened"
        error={error}
        onRetry={reopen.isPending ? undefined : () => reopen.mutate()}
      />
    </main>
  );
}
