import { Moon, PanelLeft, Search, Sun } from "lucide-react";
import { IconButton, Kbd } from "@/components";
import { WorkspaceMenu } from "@/features/workspace";
import { cx } from "@/lib/cx";
import { useValue } from "@/lib/persist";
import { toggleTheme, useTheme } from "@/lib/theme";
import { openTab, TABS, type Tab, useView } from "@/lib/view";
import { paletteOpen, togglePanel } from "./commands";
import { Mark } from "./Mark";
import { panelOpen } from "./panel";

const LABEL: Record<Tab, string> = {
  registry: "Registry",
  training: "Training",
  deployment: "Deployment",
  monitoring: "Monitoring",
};

/** 40 px: product, tabs, command field, workspace, panel and theme. */
export function TitleBar() {
  const { tab } = useView();
  const theme = useTheme();
  const open = useValue(panelOpen);
  return (
    <header className="flex h-10 flex-none items-center overflow-hidden border-line border-b bg-panel">
      <div className="flex flex-none items-center gap-2.5 pr-5 pl-3">
        <Mark />
        <h1 className="whitespace-nowrap font-semibold text-label tracking-[0.055em]">
          MLOPS - MACHINE LEARNING OPERATIONS
        </h1>
      </div>
      <div aria-label="Main" role="tablist" className="flex h-10 flex-none">
        {TABS.map((each) => (
          <button
            key={each}
            type="button"
            role="tab"
            aria-selected={each === tab}
            data-testid={`tab-${each}`}
            onClick={() => openTab(each)}
            className={cx(
              "h-10 border-transparent border-y-2 px-3.5 font-medium focus-visible:-outline-offset-2",
              each === tab ? "border-b-accent text-fg" : "text-fg-2 hover:text-fg",
            )}
          >
            {LABEL[each]}
          </button>
        ))}
      </div>
      <div className="ml-auto flex min-w-0 items-center gap-2 pr-2 pl-4">
        <button
          type="button"
          data-testid="command-field"
          onClick={() => paletteOpen.set(true)}
          className="flex h-6 w-62 min-w-8 shrink-[6] items-center gap-1.5 overflow-hidden rounded border border-line bg-app pr-1 pl-2 text-fg-3 hover:border-outline"
        >
          <Search size={14} className="flex-none" aria-hidden />
          <span className="min-w-0 flex-1 truncate text-left">
            Search<span className="max-[1180px]:hidden"> or run a command</span>
          </span>
          <span className="flex-none max-[1180px]:hidden">
            <Kbd>Ctrl K</Kbd>
          </span>
        </button>
        <WorkspaceMenu />
        <IconButton
          icon={PanelLeft}
          label={open ? "Collapse the left panel" : "Show the left panel"}
          kbd="Ctrl B"
          pressed={open}
          data-testid="toggle-panel"
          onClick={togglePanel}
        />
        <IconButton
          icon={theme === "dark" ? Sun : Moon}
          label={theme === "dark" ? "Light theme" : "Dark theme"}
          data-testid="toggle-theme"
          onClick={toggleTheme}
        />
      </div>
    </header>
  );
}
