import { useState } from "react";
import { Card, CardHead } from "@/components/Card";
import { Table, Td, Th, Tr } from "@/components/Table";
import type { ComparedCell, ComparedRow } from "@/lib/api";
import { formatInteger, formatNumber, plural } from "@/lib/format";

const FIRST_SHOWN = 12;

/** The element that is furthest off, which is what a row is kept for. */
function worstCell(row: ComparedRow): ComparedCell | undefined {
  const size = (cell: ComparedCell) => cell.difference ?? (cell.within ? 0 : Number.POSITIVE_INFINITY);
  return [...row.outputs].sort((a, b) => Number(a.within) - Number(b.within) || size(b) - size(a))[0];
}

const place = (cell: ComparedCell): string => `${cell.output}[${cell.element}]`;
const apart = (cell: ComparedCell): string =>
  cell.difference === null ? (cell.within ? "0" : "∞") : formatNumber(cell.difference, undefined, 3);
const inputsText = (row: ComparedRow): string => row.inputs.map((cell) => `${cell.name} ${cell.value}`).join("  ");

/** The rows that are furthest off: pick one to see all that went in and came out. */
export function WorstRows({ rows }: { rows: readonly ComparedRow[] }) {
  const [picked, setPicked] = useState<number | null>(null);
  const [all, setAll] = useState(false);
  if (rows.length === 0) return null;
  const row = rows.find((each) => each.row === picked) ?? rows[0];
  const shown = all ? rows : rows.slice(0, FIRST_SHOWN);
  return (
    <Card className="flex-none" data-testid="worst-rows">
      <CardHead title="Worst rows" sub="by their largest difference in tolerances; rows count from 0">
        {rows.length > FIRST_SHOWN && (
          <button type="button" className="text-accent hover:underline" onClick={() => setAll(!all)}>
            {all ? `Show ${FIRST_SHOWN}` : `Show all ${rows.length}`}
          </button>
        )}
      </CardHead>
      <div className="flex min-w-0">
        <Table className="min-w-0 flex-1">
          <colgroup>
            <col style={{ width: 92 }} />
            <col style={{ width: 150 }} />
            <col style={{ width: 124 }} />
            <col style={{ width: 124 }} />
            <col style={{ width: 96 }} />
            <col style={{ width: 92 }} />
            <col />
          </colgroup>
          <thead>
            <tr>
              <Th edge numeric>
                Row
              </Th>
              <Th>Output</Th>
              <Th numeric>Expected</Th>
              <Th numeric>Actual</Th>
              <Th numeric>Difference</Th>
              <Th numeric title="The difference as a multiple of what the tolerance lets pass">
                Tolerances
              </Th>
              <Th edge>Inputs</Th>
            </tr>
          </thead>
          <tbody>
            {shown.map((each) => (
              <Line key={each.row} row={each} selected={each.row === row?.row} onPick={() => setPicked(each.row)} />
            ))}
          </tbody>
        </Table>
        {row && <Whole row={row} />}
      </div>
    </Card>
  );
}

function Line({ row, selected, onPick }: { row: ComparedRow; selected: boolean; onPick: () => void }) {
  const cell = worstCell(row);
  if (!cell) return null;
  return (
    <Tr selected={selected} onPick={onPick} data-testid="worst-row" data-row={row.row}>
      <Td edge numeric className="font-medium">
        {formatInteger(row.row)}
      </Td>
      <Td className="mono" title={place(cell)}>
        {place(cell)}
      </Td>
      <Td numeric title={cell.expected}>
        {cell.expected}
      </Td>
      <Td numeric title={cell.actual}>
        {cell.actual}
      </Td>
      <Td numeric className={cell.within ? undefined : "text-bad"} title={String(cell.difference ?? "infinite")}>
        {apart(cell)}
      </Td>
      <Td numeric>{row.score === null ? "∞" : formatNumber(row.score, undefined, 3)}</Td>
      <Td edge className="text-fg-3" title={inputsText(row)}>
        {inputsText(row)}
      </Td>
    </Tr>
  );
}

/** Everything of one row. */
function Whole({ row }: { row: ComparedRow }) {
  return (
    <aside className="w-80 flex-none border-line border-l" data-testid="worst-row-detail">
      <h4 className="px-3 py-1.5 font-semibold">Row {formatInteger(row.row)}</h4>
      <dl className="kv selectable max-h-72 overflow-y-auto px-3 pb-2">
        {row.outputs.map((cell) => (
          <Pair key={place(cell)} name={place(cell)} bad={!cell.within}>
            {cell.actual}
            {cell.difference !== 0 && <span className="text-fg-3"> for {cell.expected}</span>}
          </Pair>
        ))}
        {row.inputs.map((cell) => (
          <Pair key={cell.name} name={cell.name}>
            {cell.value}
          </Pair>
        ))}
      </dl>
      {row.inputsLeftOut > 0 && (
        <p className="px-3 pb-2 text-fg-3 text-label">{plural(row.inputsLeftOut, "more input value")} not kept</p>
      )}
    </aside>
  );
}

function Pair({ name, bad = false, children }: { name: string; bad?: boolean; children: React.ReactNode }) {
  return (
    <>
      <dt className="mono truncate" title={name}>
        {name}
      </dt>
      <dd className={bad ? "text-bad" : undefined}>{children}</dd>
    </>
  );
}
