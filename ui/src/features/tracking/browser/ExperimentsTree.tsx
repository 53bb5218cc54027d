import { ChevronDown, ChevronRight, FlaskConical, Folder, FolderOpen } from "lucide-react";
import { useEffect, useMemo, useRef } from "react";
import type { Experiment } from "@/lib/api";
import { cx } from "@/lib/cx";
import { formatInteger } from "@/lib/format";
import { usePersistent } from "@/lib/persist";
import { experimentTree, type TreeNode } from "./experimentTree";

const NONE: string[] = [];

type Props = {
  experiments: readonly Experiment[];
  search: string;
  activeId: string | null;
  onOpen: (experimentId: string) => void;
};

const ROW = "flex h-6 w-full items-center gap-[7px] whitespace-nowrap pr-2.5 text-left focus-visible:-outline-offset-1";

/** Experiments in folders. A search shows matches flat, with their whole names. */
export function ExperimentsTree({ experiments, search, activeId, onOpen }: Props) {
  const [closed, setClosed] = usePersistent("experiments.closed", NONE);
  const rows = useMemo<TreeNode[]>(() => {
    const wanted = search.trim().toLowerCase();
    if (!wanted) return experimentTree(experiments, new Set(closed));
    return experiments
      .filter((experiment) => experiment.name.toLowerCase().includes(wanted))
      .map((experiment) => ({ kind: "experiment", experiment, name: experiment.name, depth: 0 }));
  }, [experiments, search, closed]);

  const list = useRef<HTMLUListElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the chosen one comes into view once, not on every change
  useEffect(() => {
    list.current?.querySelector("[aria-current]")?.scrollIntoView?.({ block: "nearest" });
  }, [activeId]);

  if (search && rows.length === 0) return <p className="px-6.5 py-1 text-fg-3">No experiment matches</p>;
  return (
    <ul ref={list}>
      {rows.map((row) => {
        const padding = { paddingLeft: 10 + row.depth * 16 };
        if (row.kind === "folder") {
          const open = !closed.includes(row.path);
          const Chevron = open ? ChevronDown : ChevronRight;
          const Icon = open ? FolderOpen : Folder;
          return (
            <li key={`folder ${row.path}`}>
              <button
                type="button"
                aria-expanded={open}
                data-testid="experiment-folder"
                onClick={() => setClosed(open ? [...closed, row.path] : closed.filter((path) => path !== row.path))}
                style={padding}
                className={cx(ROW, "text-fg-2 hover:bg-hover hover:text-fg")}
              >
                <Chevron size={12} className="text-fg-3" aria-hidden />
                <Icon size={14} className="text-fg-3" aria-hidden />
                <span className="truncate">{row.name}</span>
                {!open && <Count runs={row.runCount} live={row.liveRunCount} />}
              </button>
            </li>
          );
        }
        const { experiment } = row;
        const active = experiment.experimentId === activeId;
        return (
          <li key={experiment.experimentId}>
            <button
              type="button"
              aria-current={active || undefined}
              data-testid="experiment-row"
              data-experiment-id={experiment.experimentId}
              title={experiment.name}
              onClick={() => onOpen(experiment.experimentId)}
              style={padding}
              className={cx(ROW, active ? "row-active text-fg" : "text-fg-2 hover:bg-hover hover:text-fg")}
            >
              <span className={cx("w-3 flex-none", row.depth === 0 && "hidden")} />
              <FlaskConical size={14} className="text-fg-3" aria-hidden />
              <span className="truncate">{row.name}</span>
              <Count runs={experiment.runCount} live={experiment.liveRunCount} />
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function Count({ runs, live }: { runs: number; live: number }) {
  return (
    <span className="tnum ml-auto flex flex-none items-center gap-1.5 pl-2 text-fg-3 text-label">
      {live > 0 && <span className="text-accent">{live} live</span>}
      {formatInteger(runs)}
    </span>
  );
}
