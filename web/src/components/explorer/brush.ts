/** The stretch of a histogram's axis that a query lets pass: read from its terms, written as a term. */
import type { Histogram } from "../../api/client";
import { allOf, type TermText } from "../../state/queryText";

type Bins = Histogram["bins"];

/** Null: without an end on that side. */
export interface ValueRange {
  low: number | null;
  high: number | null;
}

/** First and last bin of a stretch, both in it. */
export interface BinRange {
  first: number;
  last: number;
}

const NUMBER = String.raw`[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?`;

function escaped(key: string): string {
  return key.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** The range that a term gives for a metric, or null where it says something else. */
export function rangeOf(term: TermText, key: string): ValueRange | null {
  if (term.negated) return null;
  const between = new RegExp(`^${escaped(key)}\\s*:\\s*(${NUMBER})?\\.\\.=?(${NUMBER})?$`).exec(term.text);
  const number = (text: string | undefined): number | null => (text === undefined ? null : Number(text));
  if (between !== null) return { low: number(between[1]), high: number(between[2]) };
  const compared = new RegExp(`^${escaped(key)}\\s*(<=|>=|<|>|=|:)\\s*(${NUMBER})$`).exec(term.text);
  if (compared === null) return null;
  const value = Number(compared[2]);
  if (compared[1]?.startsWith("<")) return { low: null, high: value };
  if (compared[1]?.startsWith(">")) return { low: value, high: null };
  return { low: value, high: value };
}

/** The stretch that all range terms of a metric leave, or null where there is none. */
export function brushOf(terms: readonly TermText[], key: string): ValueRange | null {
  const ranges = terms.map((term) => rangeOf(term, key)).filter((range) => range !== null);
  if (ranges.length === 0) return null;
  const lows = ranges.map((range) => range.low).filter((low) => low !== null);
  const highs = ranges.map((range) => range.high).filter((high) => high !== null);
  return {
    low: lows.length > 0 ? Math.max(...lows) : null,
    high: highs.length > 0 ? Math.min(...highs) : null,
  };
}

/** A stretch of bins as a term: half-open as the bins are, closed where it ends with the last one. */
export function rangeText(key: string, bins: Bins, { first, last }: BinRange): string {
  const low = bins[first]?.low ?? 0;
  const high = bins[last]?.high ?? 0;
  return `${key}:${String(low)}..${last === bins.length - 1 ? "=" : ""}${String(high)}`;
}

/** The query with another stretch of a metric, or with none. */
export function withRange(terms: readonly TermText[], key: string, text: string | null): string {
  const others = terms.filter((term) => rangeOf(term, key) === null).map((term) => term.text);
  return allOf(text === null ? others : [...others, text]);
}

/** The bins between two positions on the axis (shares 0..1), whichever comes first. */
export function binsBetween(from: number, to: number, count: number): BinRange {
  const bin = (share: number): number => Math.min(count - 1, Math.max(0, Math.floor(share * count)));
  return { first: bin(Math.min(from, to)), last: bin(Math.max(from, to)) };
}

/** Whether a stretch is the whole axis, and so no filter. */
export function isWhole({ first, last }: BinRange, count: number): boolean {
  return first <= 0 && last >= count - 1;
}

/** The bins that a range of values touches; bins that only meet its end do not count. */
export function binsOf({ low, high }: ValueRange, bins: Bins): BinRange {
  const end = bins.length - 1;
  const first = low === null ? 0 : bins.findIndex((bin, at) => at === end || low < bin.high);
  const last = high === null ? end : bins.findLastIndex((bin, at) => at === 0 || high > bin.low);
  return { first: Math.max(0, first), last: Math.max(Math.max(0, first), last) };
}

/** Where a key moves the lower or the upper end of a stretch. */
export function moveEnd(range: BinRange, end: "first" | "last", key: string, count: number): BinRange | null {
  const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[key];
  let target: number;
  if (step !== undefined) target = range[end] + step;
  else if (key === "Home") target = 0;
  else if (key === "End") target = count - 1;
  else return null;
  return end === "first"
    ? { ...range, first: Math.min(range.last, Math.max(0, target)) }
    : { ...range, last: Math.max(range.first, Math.min(count - 1, target)) };
}
