import { QueryClientProvider } from "@tanstack/react-query";
import { useEffect } from "react";
import { ToastProvider, TooltipProvider } from "@/components";
import { api, onMenuCommand, onOpenModelFile } from "@/lib/api";
import { connectCache, createQueryClient } from "@/lib/cache";
import { inspect } from "@/lib/view";
import { runMenuCommand } from "./commands";
import { Frame } from "./Frame";
import { useGlobalKeys, useOwnContextMenus } from "./keys";

const client = createQueryClient();

export function App() {
  useGlobalKeys();
  useOwnContextMenus();
  useEffect(() => {
    const stops = [connectCache(client), onMenuCommand(runMenuCommand), onOpenModelFile((path) => inspect({ path }))];
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
          <Frame />
        </ToastProvider>
      </TooltipProvider>
    </QueryClientProvider>
  );
}
