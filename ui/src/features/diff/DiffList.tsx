import { useVirtualizer } from "@tanstack/react-virtual";
import { Minus, Pencil, Plus, Search } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { Chip } from "@/components/Chip";
import { Segmented } from "@/components/Segmented";
import { Split } from "@/components/Split";
import { Table, Td, Th } from "@/components/Table";
import { TextInput } from "@/components/TextInput";
import type { Change, ModelDiff } from "@/lib/api";
import { cx } from "@/lib/cx";
import { formatInteger, plural } from "@/lib/format";
import { type DiffLine, diffLines, filtered, type Group } from "./lines";

const ROW = 28;
const COLUMNS = "84px minmax(0,1.2fr) minmax(0,150px) minmax(0,1fr)";

/** Everything that differs; the chosen line with both sides. */
export function DiffList({ diff }: { diff: ModelDiff }) {
  const lines = useMemo(() => diffLines(diff), [diff]);
  const [group, setGroup] = useState<Group | "all">("all");
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const shown = useMemo(() => filtered(lines, group, text), [lines, group, text]);
  const line = shown.find((each) => each.key === chosen) ?? shown[0];
  const count = (of: Group) => lines.filter((each) => each.group === of).length;
  const groups = [
    { value: "all", label: `All ${formatInteger(lines.length)}` },
    { value: "signature", label: `Signature ${formatInteger(count("signature"))}` },
    { value: "nodes", label: `Nodes ${formatInteger(count("nodes"))}` },
    { value: "weights", label: `Weights ${formatInteger(count("weights"))}` },
    { value: "file", label: `File ${formatInteger(count("file"))}` },
  ] as const;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex h-10 flex-none items-center gap-2 px-4">
        <Segmented label="What is listed" options={groups} value={group} onChange={setGroup} />
        <TextInput
          className="ml-auto w-64"
          icon={Search}
          value={text}
          onChange={setText}
          placeholder="Filter by name, operator, change"
          aria-label="Filter the differences"
          data-testid="diff-filter"
        />
      </div>
      <Split
        id="lab.diff.details"
        label="Width of the details"
        sized="end"
        initial={480}
        min={320}
        max={760}
        minRest={480}
        start={
          <Lines
            lines={shown}
            chosen={line?.key ?? null}
            onChosen={setChosen}
            empty={lines.length === 0 ? "" : `None of ${plural(lines.length, "difference")} fits the filter.`}
          />
        }
        end={line ? <Details line={line} /> : <span />}
      />
    </div>
  );
}

type LinesProps = {
  lines: readonly DiffLine[];
  chosen: string | null;
  onChosen: (key: string) => void;
  empty: string;
};

function Lines({ lines, chosen, onChosen, empty }: LinesProps) {
  const frame = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const step = (by: number) => {
    const at = Math.min(lines.length - 1, Math.max(0, lines.findIndex((line) => line.key === chosen) + by));
    const next = lines[at];
    if (!next) return;
    onChosen(next.key);
    virtual.scrollToIndex(at, { align: "auto" });
  };
  return (
    <>
      <div
        style={{ gridTemplateColumns: COLUMNS }}
        className="grid h-6 flex-none items-center gap-x-3 border-line border-y px-4 text-fg-3 text-label"
      >
        <span>Change</span>
        <span>Name</span>
        <span>What it is</span>
        <span>How it differs</span>
      </div>
      {lines.length === 0 && <p className="px-4 py-2 text-fg-2">{empty}</p>}
      <div
        ref={frame}
        role="listbox"
        aria-label="Differences"
        tabIndex={0}
        className="min-h-0 flex-1 overflow-y-auto outline-none focus-visible:shadow-[inset_0_0_0_1px_var(--accent)]"
        onKeyDown={(event) => {
          const by = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: 20, PageUp: -20 }[event.key];
          if (by === undefined) return;
          event.preventDefault();
          step(by);
        }}
      >
        <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {virtual.getVirtualItems().map((item) => {
            const line = lines[item.index];
            if (!line) return null;
            return (
              // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus, the arrow keys move the choice
              // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys
              <div
                key={line.key}
                role="option"
                aria-selected={line.key === chosen}
                data-testid="diff-line"
                onClick={() => onChosen(line.key)}
                style={{ gridTemplateColumns: COLUMNS, height: ROW, transform: `translateY(${item.start}px)` }}
                className={cx(
                  "tnum absolute inset-x-0 top-0 grid cursor-default items-center gap-x-3 border-line-2 border-b px-4",
                  line.key === chosen ? "bg-accent-weak" : "hover:bg-hover",
                )}
              >
                <ChangeMark change={line.change} />
                <span className="truncate" title={line.name}>
                  {line.name}
                </span>
                <span className="mono truncate text-fg-2" title={line.kind}>
                  {line.kind}
                </span>
                <span className={cx("truncate", line.breaking ? "text-bad" : "text-fg-2")} title={line.note}>
                  {line.note}
                </span>
              </div>
            );
          })}
        </div>
      </div>
    </>
  );
}

const MARKS = {
  added: { icon: Plus, look: "text-ok" },
  removed: { icon: Minus, look: "text-bad" },
  changed: { icon: Pencil, look: "text-warn" },
} as const;

function ChangeMark({ change }: { change: Change }) {
  const { icon: Icon, look } = MARKS[change];
  return (
    <span className="flex items-center gap-1.5">
      <Icon size={12} className={cx("flex-none", look)} aria-hidden />
      {change}
    </span>
  );
}

/** Both sides of one difference. */
function Details({ line }: { line: DiffLine }) {
  return (
    <section className="min-h-0 flex-1 overflow-auto border-line border-t p-4" data-testid="diff-details">
      <div className="mb-3 flex items-center gap-2">
        <ChangeMark change={line.change} />
        <h3 className="selectable min-w-0 truncate font-semibold text-head" title={line.name}>
          {line.name}
        </h3>
        {line.kind && <span className="mono flex-none text-fg-2">{line.kind}</span>}
        {line.breaking && <Chip tone="bad">breaking</Chip>}
      </div>
      {line.breaking && <p className="mb-3 text-fg-2">{line.note}</p>}
      {line.details.length === 0 ? (
        <p className="text-fg-2">It takes nothing and has no attributes.</p>
      ) : (
        <Table>
          <colgroup>
            <col style={{ width: "30%" }} />
            <col />
            <col />
          </colgroup>
          <thead>
            <tr>
              <Th>What</Th>
              <Th>From</Th>
              <Th>To</Th>
            </tr>
          </thead>
          <tbody>
            {line.details.map((detail) => (
              <tr key={detail.what}>
                <Td className="text-fg-2" title={detail.what}>
                  {detail.what}
                </Td>
                <Td className="mono selectable" title={detail.left}>
                  {detail.left || "—"}
                </Td>
                <Td className="mono selectable" title={detail.right}>
                  {detail.right || "—"}
                </Td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </section>
  );
}
