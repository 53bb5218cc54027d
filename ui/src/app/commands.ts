// Every command of the window, once: the palette lists them, keys and native menus run them.
import {
  Activity,
  Box,
  Boxes,
  Cpu,
  FileSearch,
  FlaskConical,
  FolderOpen,
  Import,
  Keyboard,
  type LucideIcon,
  PanelLeft,
  RadioTower,
  Rocket,
  SunMoon,
  Terminal,
  Trash2,
  Users,
} from "lucide-react";
import { toast } from "@/components";
import { api, type Endpoint, type Experiment, type MenuCommand, type RegisteredModel } from "@/lib/api";
import { openConnect, openDeploy, openRuntime, openWorkspaces } from "@/lib/desk";
import { signal } from "@/lib/signal";
import { followSystemTheme, toggleTheme } from "@/lib/theme";
import { inspect, openEndpoint, openExperiment, openModel, openTab, openTrash, type Tab } from "@/lib/view";
import { panelOpen } from "./panel";

export type Command = {
  id: string;
  label: string;
  group: string;
  icon: LucideIcon;
  kbd?: string;
  detail?: string;
  run: () => void;
};

export const paletteOpen = signal(false);
export const shortcutsOpen = signal(false);
export const logToMeOpen = signal(false);
export const importOpen = signal(false);

export async function openFile(): Promise<void> {
  try {
    const path = await api.pickModelFile();
    if (path) inspect({ path });
  } catch (error) {
    toast.error("The file dialog did not open", error);
  }
}

export const togglePanel = () => panelOpen.set((open) => !open);

const TAB_COMMANDS: [Tab, string, LucideIcon][] = [
  ["registry", "Open Registry", Box],
  ["training", "Open Training", FlaskConical],
  ["deployment", "Open Deployment", Rocket],
  ["monitoring", "Open Monitoring", Activity],
];

export function staticCommands(): Command[] {
  return [
    ...TAB_COMMANDS.map(
      ([tab, label, icon], index): Command => ({
        id: `tab-${tab}`,
        label,
        group: "Go to",
        icon,
        kbd: `Ctrl ${index + 1}`,
        run: () => openTab(tab),
      }),
    ),
    { id: "trash", label: "Open the trash", group: "Go to", icon: Trash2, run: openTrash },
    {
      id: "open-file",
      label: "Inspect an ONNX file",
      group: "Commands",
      icon: FileSearch,
      kbd: "Ctrl O",
      run: () => void openFile(),
    },
    {
      id: "log-to-me",
      label: "Show how to log here",
      group: "Commands",
      icon: Terminal,
      run: () => logToMeOpen.set(true),
    },
    {
      id: "import",
      label: "Import from an MLflow server or mlruns folder",
      group: "Commands",
      icon: Import,
      run: () => importOpen.set(true),
    },
    {
      id: "deploy",
      label: "Deploy a version to staging",
      group: "Commands",
      icon: Rocket,
      run: () => openDeploy(),
    },
    { id: "workspaces", label: "Manage workspaces", group: "Commands", icon: Boxes, run: openWorkspaces },
    { id: "runtime", label: "Choose the ONNX Runtime", group: "Commands", icon: Cpu, run: openRuntime },
    {
      id: "connect",
      label: "Connect team workspace",
      group: "Commands",
      icon: Users,
      run: () => openConnect(null),
    },
    {
      id: "toggle-panel",
      label: "Collapse or show the left panel",
      group: "Commands",
      icon: PanelLeft,
      kbd: "Ctrl B",
      run: togglePanel,
    },
    { id: "toggle-theme", label: "Switch theme", group: "Commands", icon: SunMoon, run: toggleTheme },
    { id: "system-theme", label: "Follow the system theme", group: "Commands", icon: SunMoon, run: followSystemTheme },
    {
      id: "logs",
      label: "Open logs folder",
      group: "Commands",
      icon: FolderOpen,
      run: () => void api.openLogsFolder().catch((error) => toast.error("The logs folder did not open", error)),
    },
    {
      id: "shortcuts",
      label: "Show shortcuts",
      group: "Commands",
      icon: Keyboard,
      kbd: "?",
      run: () => shortcutsOpen.set(true),
    },
  ];
}

type Places = {
  experiments: readonly Experiment[];
  models: readonly RegisteredModel[];
  endpoints: readonly Endpoint[];
};

export function placeCommands({ experiments, models, endpoints }: Places): Command[] {
  return [
    ...experiments.map(
      ({ experimentId, name }): Command => ({
        id: `experiment ${experimentId}`,
        label: name,
        group: "Experiments",
        icon: FlaskConical,
        run: () => openExperiment(experimentId),
      }),
    ),
    ...models.map(
      ({ name, latestVersion }): Command => ({
        id: `model ${name}`,
        label: name,
        group: "Registered models",
        icon: Box,
        ...(latestVersion === null ? {} : { detail: `v${latestVersion}` }),
        run: () => openModel(name),
      }),
    ),
    ...endpoints.map(
      ({ name, state }): Command => ({
        id: `endpoint ${name}`,
        label: name,
        group: "Serving endpoints",
        icon: RadioTower,
        detail: state,
        run: () => openEndpoint(name),
      }),
    ),
  ];
}

export function runMenuCommand(command: MenuCommand["command"]): void {
  if (command === "command-palette") paletteOpen.set(true);
  else
    staticCommands()
      .find((each) => each.id === command)
      ?.run();
}
