import { EMPTY, formatNumber } from "@/lib/format";

/** A cell as the table shows it: numbers to six figures, NaN and infinity as words; the full text is in the title. */
export function cellText(cell: string | undefined, isText: boolean): string {
  if (cell === undefined) return EMPTY;
  if (isText) return cell;
  if (cell === "nan") return "NaN";
  if (cell === "inf") return "∞";
  if (cell === "-inf") return "−∞";
  const number = Number(cell);
  // Truth values, and whole numbers that a double would round, stay as they are.
  if (!Number.isFinite(number) || (Number.isInteger(number) && !/[.e]/.test(cell))) return cell.replace(/^-/, "−");
  return formatNumber(number, undefined, 6);
}
