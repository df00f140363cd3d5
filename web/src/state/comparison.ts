/** What a difference between two prediction sets says, in words and on a scale. */
import type { AnyComparison, Comparison, NumberCompared } from "../api/client";

export type Verdict = "better" | "worse" | "unclear";

/** Whether what is compared are detections, which have overlaps; else it is classifications. */
export const isOfDetections = (comparison: AnyComparison): comparison is Comparison => "coco" in comparison;

/** Of these, fewer are better. */
const COSTS = new Set(["fp", "fn", "misclassified"]);

export const isCost = (name: string): boolean => COSTS.has(name);

/** Resampling fewer images than these says too little of others. */
const LEAST_IMAGES = 10;

/**
 * Whether the second set does better: only where the interval leaves out zero as it is written, and there are images
 * enough for one.
 */
export function verdictOf(
  compared: NumberCompared,
  fewerIsBetter: boolean,
  images: number,
  ofCounts = false,
): Verdict {
  const { difference, excludes_zero: clear } = compared;
  if (images < LEAST_IMAGES || ends(compared)?.some((end) => isZero(end, ofCounts)) === true)
    return "unclear";
  if (clear !== true || difference === null || difference === 0) return "unclear";
  return difference > 0 !== fewerIsBetter ? "better" : "worse";
}

export const VERDICT_WORDS: Record<Verdict, string> = {
  better: "better",
  worse: "worse",
  unclear: "no clear difference",
};

/** Low and high of an interval that is known. */
export function ends(compared: NumberCompared): [number, number] | null {
  const [low, high] = compared.interval ?? [];
  return low === undefined || high === undefined ? null : [low, high];
}

/** The least scale, symmetric about zero, on which all differences and intervals fit; 0 where there is none. */
export function reachOf(numbers: readonly NumberCompared[]): number {
  return numbers.reduce((reach, each) => {
    const [low, high] = ends(each) ?? [each.difference ?? 0, each.difference ?? 0];
    return Math.max(reach, Math.abs(low), Math.abs(high));
  }, 0);
}

/** Where a difference lies on a scale from -reach to reach: 0 to 1. */
export function placeOn(value: number, reach: number): number {
  if (reach <= 0) return 0.5;
  return Math.min(1, Math.max(0, 0.5 + value / (2 * reach)));
}

const MINUS = "−";
const integer = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** Whether a difference is written as zero. */
const isZero = (value: number, ofCounts: boolean): boolean => Math.abs(value) < (ofCounts ? 0.5 : 0.0005);

/** "+0.031", "−12"; "0" and "0.000" have no sign. */
export function formatDifference(value: number | null, ofCounts: boolean): string {
  if (value === null) return "—";
  const text = ofCounts ? integer.format(Math.abs(Math.round(value))) : Math.abs(value).toFixed(3);
  if (isZero(value, ofCounts)) return text;
  return `${value < 0 ? MINUS : "+"}${text}`;
}

/** The set that another is compared with: the one that is named, else the next one, else the one before. */
export function otherOf<T extends { name: string }>(
  sets: readonly T[],
  current: string,
  wanted: string | undefined,
): T | undefined {
  const others = sets.filter((set) => set.name !== current);
  const named = others.find((set) => set.name === wanted);
  if (named !== undefined || wanted !== undefined) return named ?? others[0];
  const at = sets.findIndex((set) => set.name === current);
  return sets[at + 1] ?? others.at(-1);
}
