import { Dialog as Base } from "@base-ui/react/dialog";
import { useQuery } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { Kbd } from "@/components";
import { cx } from "@/lib/cx";
import { endpointsQuery, experimentsQuery, modelsQuery } from "@/lib/queries";
import { useSignal } from "@/lib/signal";
import { type Command, paletteOpen, placeCommands, staticCommands } from "./commands";
import { matchCommands } from "./matchCommands";

const MOST = 50;

/** Ctrl K: every command and every place, by a few letters. */
export function CommandPalette() {
  const open = useSignal(paletteOpen);
  return (
    <Base.Root open={open} onOpenChange={paletteOpen.set}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-50 bg-scrim transition-opacity duration-100 data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Base.Popup
          data-testid="command-palette"
          className="overlay-in fixed top-[12vh] left-1/2 z-50 -ml-[280px] flex max-h-[60vh] w-[560px] flex-col overflow-hidden rounded-l border border-line bg-raised shadow-overlay outline-none"
        >
          <Base.Title className="sr-only">Command palette</Base.Title>
          {open && <Palette close={() => paletteOpen.set(false)} />}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

function useCommands(): Command[] {
  const { data: experiments = [] } = useQuery(experimentsQuery());
  const { data: models = [] } = useQuery(modelsQuery());
  const { data: endpoints = [] } = useQuery(endpointsQuery());
  return useMemo(
    () => [...staticCommands(), ...placeCommands({ experiments, models, endpoints })],
    [experiments, models, endpoints],
  );
}

function Palette({ close }: { close: () => void }) {
  const commands = useCommands();
  const [search, setSearch] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const found = useMemo(() => matchCommands(commands, search).slice(0, MOST), [commands, search]);
  const current = Math.min(at, found.length - 1);

  // biome-ignore lint/correctness/useExhaustiveDependencies: follows the current row
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView?.({ block: "nearest" });
  }, [current]);

  const run = (command: Command | undefined) => {
    if (!command) return;
    close();
    command.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt(Math.min(found.length - 1, current + 1));
    else if (event.key === "ArrowUp") setAt(Math.max(0, current - 1));
    else if (event.key === "Enter") run(found[current]);
    else return;
    event.preventDefault();
  };

  return (
    <>
      <div className="flex h-11 flex-none items-center gap-2.5 border-line border-b px-3.5">
        <Search size={14} className="text-fg-3" aria-hidden />
        <input
          role="combobox"
          aria-expanded
          aria-controls="palette-list"
          aria-label="Search or run a command"
          data-testid="command-input"
          placeholder="Search or run a command"
          spellCheck={false}
          value={search}
          onChange={(event) => {
            setSearch(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
          className="h-full min-w-0 flex-1 bg-transparent text-head outline-none placeholder:text-fg-3 focus-visible:outline-none"
        />
        <Kbd>Esc</Kbd>
      </div>
      <div ref={list} id="palette-list" aria-label="Commands" role="listbox" className="min-h-0 overflow-y-auto p-1">
        {found.map((command, index) => {
          const { icon: Icon } = command;
          const first = command.group !== found[index - 1]?.group;
          return (
            <div key={command.id} role="none">
              {first && <div className="px-2.5 pt-2 pb-1 text-fg-3 text-label">{command.group}</div>}
              {/* biome-ignore lint/a11y/useFocusableInteractive: the search field keeps the focus */}
              {/* biome-ignore lint/a11y/useKeyWithClickEvents: the search field answers the keys */}
              <div
                role="option"
                aria-selected={index === current}
                data-testid="command-option"
                onClick={() => run(command)}
                onMouseMove={() => setAt(index)}
                className={cx("flex h-7 items-center gap-2.5 rounded px-2.5", index === current && "bg-hover")}
              >
                <Icon size={14} className="text-fg-3" aria-hidden />
                <span className="min-w-0 flex-1 truncate">{command.label}</span>
                {command.detail && <span className="text-fg-3 text-label">{command.detail}</span>}
                {command.kbd && <Kbd>{command.kbd}</Kbd>}
              </div>
            </div>
          );
        })}
        {found.length === 0 && <div className="px-2.5 py-3 text-fg-3">Nothing matches</div>}
      </div>
    </>
  );
}
