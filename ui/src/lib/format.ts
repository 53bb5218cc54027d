// How numbers look. Minus is U+2212; empty is an em dash; 0, NaN and empty are three different things.
import type { Reading } from "../bindings";

export const EMPTY = "—";
const MINUS = "−";

const grouped = new Map<number, Intl.NumberFormat>();
function fixed(value: number, digits: number): string {
  let format = grouped.get(digits);
  if (!format) {
    format = new Intl.NumberFormat("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    grouped.set(digits, format);
  }
  // -0.0001 at two digits is 0.00, not −0.00
  const text = format.format(value);
  return /^-[0.,]+$/.test(text) ? text.slice(1) : text.replace("-", MINUS);
}

function exponent(value: number, digits: number): string {
  return value.toExponential(digits).replace("e+", "e").replaceAll("-", MINUS);
}

export type Nullable<T> = T | null | undefined;

/** A count: 412,000. */
export function formatInteger(value: Nullable<number>): string {
  return value == null ? EMPTY : formatNumber(value, 0);
}

/** A number with fixed digits, or about `significant` digits when none are given; exponent form beyond reason. */
export function formatNumber(value: Nullable<number>, digits?: number, significant = 4): string {
  if (value == null) return EMPTY;
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${MINUS}∞`;
  if (digits !== undefined) {
    const vanishes = value !== 0 && Math.abs(value) < 0.5 * 10 ** -digits;
    return vanishes && digits > 0 ? exponent(value, 1) : fixed(value, digits);
  }
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e9 || size < 1e-4) return exponent(value, Math.min(significant - 1, 2));
  if (Number.isInteger(value)) return fixed(value, 0);
  const whole = Math.floor(Math.log10(size)) + 1;
  return fixed(value, Math.max(0, Math.min(6, significant - Math.max(whole, whole <= 0 ? whole : 1))));
}

/** A reading as the tracking API carries it: a finite number, or "NaN" | "Infinity" | "-Infinity". */
export function formatReading(reading: Nullable<Reading>, digits?: number): string {
  return reading == null ? EMPTY : formatNumber(readingNumber(reading), digits);
}

export function readingNumber(reading: Reading): number {
  return typeof reading === "number" ? reading : Number(reading);
}

/** The whole value, for the title on hover. */
export function fullReading(reading: Nullable<Reading>): string {
  return reading == null ? "not logged" : String(reading);
}

/** Digits that let a whole column be compared: about four significant at the column's scale, none for integers. */
export function columnDigits(values: Iterable<Nullable<Reading>>): number | undefined {
  let largest = 0;
  let integers = true;
  let seen = false;
  for (const reading of values) {
    if (reading == null) continue;
    const value = readingNumber(reading);
    if (!Number.isFinite(value)) continue;
    seen = true;
    largest = Math.max(largest, Math.abs(value));
    integers &&= Number.isInteger(value);
  }
  if (!seen) return undefined;
  if (largest === 0) return 0;
  if (integers) return largest < 1e9 ? 0 : undefined;
  if (largest >= 1e7 || largest < 1e-3) return undefined;
  return Math.max(0, Math.min(5, 3 - Math.floor(Math.log10(largest))));
}

/** A number's text without the noise of binary fractions: 0.30000000000000004 -> 0.3. Any other text stays as it is. */
export function plainNumber(text: string): string {
  if (!/^-?\d*\.\d{15,}$/.test(text)) return text;
  const rounded = String(Number(Number(text).toPrecision(15)));
  return rounded.length < text.length - 5 ? rounded : text;
}

/** A difference with its sign: +0.0056, −0.0177, 0. */
export function formatDelta(value: Nullable<number>, digits?: number): string {
  if (value == null) return EMPTY;
  if (value === 0) return "0";
  const text = formatNumber(value, digits);
  return value > 0 && Number.isFinite(value) ? `+${text}` : text;
}

/** 0.421 -> "42.1 %". */
export function formatPercent(fraction: Nullable<number>, digits = 1): string {
  return fraction == null ? EMPTY : `${formatNumber(fraction * 100, digits)} %`;
}

const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];
/** Decimal units: 4.84 MB, 11 kB, 812 B. */
export function formatBytes(bytes: Nullable<number>): string {
  if (bytes == null) return EMPTY;
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || Math.abs(value) >= 99.5 ? 0 : Math.abs(value) >= 9.95 ? 1 : 2;
  return `${fixed(value, unit === 0 ? 0 : digits)} ${BYTE_UNITS[unit]}`;
}

/** 1h 08m, 52m 10s, 6.2 s, 212 ms, 48 µs. */
export function formatDuration(ms: Nullable<number>): string {
  if (ms == null) return EMPTY;
  if (!Number.isFinite(ms)) return formatNumber(ms);
  if (ms === 0) return "0 ms";
  if (ms < 1) return `${formatNumber(ms * 1000, ms < 0.01 ? 1 : 0)} µs`;
  if (ms < 10) return `${formatNumber(ms, 2)} ms`;
  if (ms < 100) return `${formatNumber(ms, 1)} ms`;
  if (ms < 999.5) return `${formatNumber(ms, 0)} ms`;
  const seconds = ms / 1000;
  if (seconds < 59.95) return `${formatNumber(seconds, seconds < 9.995 ? 2 : 1)} s`;
  const total = Math.round(seconds);
  const days = Math.floor(total / 86_400);
  const hours = Math.floor((total % 86_400) / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  if (days > 0) return `${days}d ${String(hours).padStart(2, "0")}h`;
  if (hours > 0) return `${hours}h ${String(minutes).padStart(2, "0")}m`;
  return `${minutes}m ${String(total % 60).padStart(2, "0")}s`;
}

/** A latency in ms, unit included, readable from ns-ish to seconds: 0.042 ms, 3.80 ms, 1,204 ms. */
export function formatMs(ms: Nullable<number>): string {
  if (ms == null) return EMPTY;
  const digits = ms < 1 ? 3 : ms < 100 ? 2 : ms < 1000 ? 1 : 0;
  return `${formatNumber(ms, digits)} ms`;
}

/** How long ago, without "ago": "2 s", "21 min", "3 h", "61 d". */
export function formatAge(atMs: Nullable<number>, nowMs: number): string {
  if (atMs == null) return EMPTY;
  const seconds = Math.max(0, Math.floor((nowMs - atMs) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${formatInteger(Math.floor(seconds / 86_400))} d`;
}

/** "2 s ago", "just now". */
export function formatAgo(atMs: Nullable<number>, nowMs: number): string {
  if (atMs == null) return EMPTY;
  return nowMs - atMs < 1000 ? "just now" : `${formatAge(atMs, nowMs)} ago`;
}

/** 2026-09-12 14:00:05 UTC. */
export function formatTime(atMs: Nullable<number>): string {
  return atMs == null ? EMPTY : `${new Date(atMs).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** 14:32:07 UTC. */
export function formatClock(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(11, 19)} UTC`;
}

/** The first eight of a digest; the whole of it belongs in the title. */
export function shortDigest(digest: Nullable<string>): string {
  return digest ? digest.replace(/^sha256:/, "").slice(0, 8) : EMPTY;
}

/** "1 run", "2 runs", "1,204 runs". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatInteger(count)} ${count === 1 ? one : many}`;
}
