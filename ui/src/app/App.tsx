import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { ToastProvider, TooltipProvider } from "@/components";
import { api, onMenuCommand, onOpenModelFile } from "@/lib/api";
import { connectCache, createQueryClient } from "@/lib/cache";
import { followConnection, readConnection } from "@/lib/connection";
import { enterWorkspace } from "@/lib/persist";
import { workspaceQuery } from "@/lib/queries";
import { inspect } from "@/lib/view";
import { runMenuCommand } from "./commands";
import { Frame } from "./Frame";
import { useGlobalKeys, useOwnContextMenus } from "./keys";

const client = createQueryClient();

/** View state belongs to a workspace; this says which one is open. */
function OpenWorkspace() {
  const { data } = useQuery(workspaceQuery());
  const id = data?.dataDir;
  useEffect(() => {
    if (!id) return;
    enterWorkspace(id);
    void readConnection();
  }, [id]);
  return null;
}

export function App() {
  useGlobalKeys();
  useOwnContextMenus();
  useEffect(() => {
    const stops = [
      connectCache(client),
      followConnection(client),
      onMenuCommand(runMenuCommand),
      onOpenModelFile((path) => inspect({ path })),
    ];
    // A model that the app was started with is asked for, since it was there before anyone listened.
    api.startedWithModelFile().then((path) => path && inspect({ path }), console.error);
    return () => {
      for (const stop of stops) stop();
    };
  }, []);
  return (
    <QueryClientProvider client={client}>
      <TooltipProvider>
        <ToastProvider>
          <OpenWorkspace />
          <Frame />
        </ToastProvider>
      </TooltipProvider>
    </QueryClientProvider>
  );
}
