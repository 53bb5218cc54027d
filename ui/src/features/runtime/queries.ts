import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/lib/api";
import { keys } from "@/lib/cache";

export const runtimeQuery = () =>
  queryOptions({ queryKey: ["workspace", "*", "runtime"] as const, queryFn: api.runtimeSettings });

/** What a folder's library turns out to be, tried in a worker. */
export const useCheckFolder = () => useMutation({ mutationFn: (folder: string) => api.checkRuntimeFolder(folder) });

export function useChooseFolder() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (folder: string | null) => api.chooseRuntimeFolder(folder),
    onSuccess: (settings) => {
      client.setQueryData(runtimeQuery().queryKey, settings);
      void client.invalidateQueries({ queryKey: keys.workspace() });
    },
  });
}
