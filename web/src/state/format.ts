/** Figures as people read them: thousands separated, units written, digits that mean something. */
import type { SourceId } from "../api/client";

export const NO_VALUE = "—";

const integer = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const twoDigits = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const oneDigit = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });

export function formatCount(count: number): string {
  return integer.format(count);
}

/** "1 image", "2,974 images". */
export function formatCounted(count: number, one: string, many = `${one}s`): string {
  return `${integer.format(count)} ${count === 1 ? one : many}`;
}

/** Below this, a share that should be 0 is what floating-point arithmetic left of it. */
const ROUNDING_ERROR = 1e-9;
/** The least share that is written as a number. */
const LEAST_SHARE = 0.0001;

/** Below 1: three digits after the point, or two significant ones where those would all be zero. */
function formatSmall(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-4) return value.toExponential(1).replace("e-", "e−").replace(/^-/, "−");
  if (size < 0.01) return value.toPrecision(2).replace(/^-/, "−");
  return value.toFixed(3).replace(/^-/, "−");
}

function formatNumber(value: number, kind: string): string {
  const size = Math.abs(value);
  if (kind === "rank") return integer.format(value);
  if (kind === "count") return oneDigit.format(value);
  if (kind === "fraction" && size < ROUNDING_ERROR) return "0";
  if (kind === "fraction" && value > 0 && value < LEAST_SHARE) return `< ${LEAST_SHARE}`;
  if (kind === "fraction") return value === 1 ? "1" : formatSmall(value);
  if (size >= 1000) return integer.format(value).replace(/^-/, "−");
  if (size >= 100) return oneDigit.format(value).replace(/^-/, "−");
  if (size >= 1) return twoDigits.format(value).replace(/^-/, "−");
  return formatSmall(value);
}

/** Beyond this a z-score says no more than that the value is far out. */
const GREATEST_Z = 50;

function formatText(value: number, kind: string, unit: string): string {
  const far = unit === "robust z" && Math.abs(value) > GREATEST_Z;
  if (far) return value > 0 ? `> ${GREATEST_Z}` : `< −${GREATEST_Z}`;
  return formatNumber(value, kind);
}

/** A metric's value with its unit; "—" where there is none. */
export function formatValue(value: number | null, kind: string, unit: string): string {
  if (value === null || !Number.isFinite(value)) return NO_VALUE;
  const text = formatText(value, kind, unit);
  // "14 objects" under the heading "Object Count" would say it twice.
  const bare = unit === "" || kind === "fraction" || kind === "rank" || kind === "count";
  return bare ? text : `${text} ${unit}`;
}

const LONGEST_SHORT_UNIT = 3;

/** The same where there is little room: a unit that is a word is left out. */
export function formatValueShort(value: number | null, kind: string, unit: string): string {
  if (value === null || !Number.isFinite(value) || unit.length <= LONGEST_SHORT_UNIT) {
    return formatValue(value, kind, unit);
  }
  return formatText(value, kind, unit);
}

export function formatId(id: SourceId): string {
  return id === null ? "without id" : String(id);
}

/** "87 %", "99.9 %", "0.3 %"; never 100 % for what is a little less, nor 0 % for what is a little more. */
export function formatPercent(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return "< 0.1 %";
  if (percent > 0 && percent < 1) return `${oneDigit.format(Math.floor(percent * 10) / 10)} %`;
  const rounded = percent > 99 && percent < 100 ? Math.floor(percent * 10) / 10 : Math.round(percent);
  return `${oneDigit.format(rounded)} %`;
}

const SIZES = ["B", "kB", "MB", "GB", "TB"];

export function formatBytes(bytes: number): string {
  let size = bytes;
  let step = 0;
  while (size >= 1000 && step < SIZES.length - 1) {
    size /= 1000;
    step += 1;
  }
  return `${size < 10 && step > 0 ? oneDigit.format(size) : integer.format(size)} ${SIZES[step] ?? ""}`;
}

/** "12 s", "3 min", "1 h 20 min". */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return rest === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** "3 hours ago", "yesterday", "just now". */
export function formatAgo(iso: string, now: Date = new Date()): string {
  const seconds = (Date.parse(iso) - now.getTime()) / 1000;
  if (Number.isNaN(seconds)) return iso;
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.round(seconds / size), unit);
  }
  return "just now";
}

/** A stored field of an image or annotation, of whatever type it is. */
export function formatField(value: unknown): string {
  if (value === null || value === undefined) return NO_VALUE;
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  return JSON.stringify(value);
}
