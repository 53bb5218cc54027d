import { type QueryClient, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { toast } from "@/components";
import { api, type TeamInput, type WorkspaceCard } from "@/lib/api";
import { keys } from "@/lib/cache";
import { closeOverlay } from "@/lib/desk";

export const workspacesQuery = () => queryOptions({ queryKey: keys.workspaces(), queryFn: () => api.listWorkspaces() });

/** Worker processes come and go by themselves; nothing tells when. */
export const workersQuery = () =>
  queryOptions({ queryKey: ["workers"], queryFn: () => api.workerStatus(), refetchInterval: 4_000 });

/** Another workspace in this window: whatever is shown belongs to the old one, so all of it is read anew. */
async function opened(client: QueryClient, title: string, detail?: string): Promise<void> {
  // First: reading the list anew takes its dialogs away.
  closeOverlay();
  toast.ok({ title, ...(detail ? { detail } : {}) });
  await client.resetQueries();
}

export function useSwitch() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (card: WorkspaceCard) => api.switchWorkspace(card.id),
    onSuccess: (_, card) => opened(client, `${card.name} is open`),
    onError: () => client.invalidateQueries({ queryKey: keys.workspaces() }),
  });
}

export function useConnect() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: TeamInput) => api.connectTeamWorkspace(input),
    onSuccess: (_, input) => opened(client, `${input.name} is open`, "Scripts log into it through this machine."),
    onError: () => client.invalidateQueries({ queryKey: keys.workspaces() }),
  });
}

/** A change of the list itself. */
export function useListChange<Input>(change: (input: Input) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () =>
      client.invalidateQueries({
        predicate: ({ queryKey }) => queryKey[0] === "workspace" && queryKey[2] !== "logToMe",
      }),
  });
}
