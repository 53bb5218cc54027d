import { useQuery } from "@tanstack/react-query";
import { Box, FlaskConical, PanelLeftOpen, RadioTower, Server } from "lucide-react";
import { IconButton } from "@/components";
import { workspaceQuery } from "@/lib/queries";
import { openTab, useView } from "@/lib/view";
import { togglePanel } from "./commands";

/** The left panel as 44 px of icons. */
export function IconRail() {
  const { data } = useQuery(workspaceQuery());
  const { tab } = useView();
  const running = data?.server.running ?? false;
  return (
    <aside
      aria-label="Workspace"
      data-testid="icon-rail"
      className="flex h-full w-11 flex-none flex-col items-center gap-1 border-line border-r bg-panel py-1.5"
    >
      <IconButton
        icon={Server}
        iconSize={16}
        size={32}
        label={data ? `MLflow server ${running ? "running" : "stopped"} · ${data.server.address}` : "MLflow server"}
        onClick={togglePanel}
        className={running ? "text-ok!" : "text-bad!"}
      />
      <IconButton
        icon={FlaskConical}
        iconSize={16}
        size={32}
        label="Experiments and runs"
        pressed={tab === "training"}
        onClick={() => openTab("training")}
      />
      <IconButton
        icon={Box}
        iconSize={16}
        size={32}
        label="Registered models"
        pressed={tab === "registry"}
        onClick={() => openTab("registry")}
      />
      <IconButton
        icon={RadioTower}
        iconSize={16}
        size={32}
        label="Serving endpoints"
        pressed={tab === "deployment" || tab === "monitoring"}
        onClick={() => openTab("deployment")}
      />
      <IconButton
        icon={PanelLeftOpen}
        iconSize={16}
        size={32}
        label="Show the left panel"
        kbd="Ctrl B"
        onClick={togglePanel}
        className="mt-auto"
      />
    </aside>
  );
}
