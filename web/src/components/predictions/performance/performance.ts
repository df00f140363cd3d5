/** Bins of Metric Performance as they are drawn and told. */
import type { AccuracyBin, AccuracyByMetric, Performance, PerformanceBin } from "../../../api/client";
import { linearTicks, tickLabel } from "../../charts/axis";
import type { Items } from "../../../state/links";
import type { Binning } from "../../../state/predictionsSearch";
import { isClassification } from "../../../state/evaluationRequest";
import { areaPath, linePath, type PathPoint } from "../../charts/path";
import type { Tick } from "../../charts/PlotFrame";

export interface RateBin {
  low: number;
  high: number;
  /** Items in the bin; null where they have no such metric. */
  count: number | null;
  value: number | null;
  valueLow: number | null;
  valueHigh: number | null;
  /** Its items, whichever their outcome. */
  items: Items;
}

/** A share of items by a metric's value. */
export interface Rate {
  kind: "precision" | "fnr" | "accuracy";
  bins: readonly RateBin[];
  overall: number | null;
  /** The share of each class in the same bins, the most frequent class first; empty unless asked for. */
  classes: readonly ClassLine[];
}

export interface ClassLine {
  name: string;
  color: string;
  values: readonly (number | null)[];
}

interface RateWords {
  title: string;
  /** What is counted in a bin. */
  noun: string;
  /** What is divided by what. */
  formula: string;
  /** What lacks a metric that there is none of, and what has it instead. */
  lacking: [string, string];
}

export const RATE_WORDS: Record<Rate["kind"], RateWords> = {
  precision: {
    title: "Precision",
    noun: "prediction",
    formula: "TP ÷ predictions in the bin",
    lacking: ["Predictions", "annotations"],
  },
  fnr: {
    title: "False-negative rate",
    noun: "annotation",
    formula: "FN ÷ annotations in the bin",
    lacking: ["Annotations", "predictions"],
  },
  accuracy: {
    title: "Accuracy",
    noun: "image",
    formula: "correct ÷ judged images in the bin",
    lacking: ["Images", "other items"],
  },
};

const NOWHERE = { scope: "prediction", query: "" } as const;

function precisionBin(bin: PerformanceBin): RateBin {
  const { low, high, predictions: count, precision: value } = bin;
  return {
    low,
    high,
    count,
    value,
    valueLow: bin.precision_low,
    valueHigh: bin.precision_high,
    items: { ...(bin.found_by.predictions ?? NOWHERE), count: found(bin.found_by.predictions, count) },
  };
}

function fnrBin(bin: PerformanceBin): RateBin {
  const { low, high, annotations: count, fnr: value } = bin;
  return {
    low,
    high,
    count,
    value,
    valueLow: bin.fnr_low,
    valueHigh: bin.fnr_high,
    items: { ...(bin.found_by.annotations ?? NOWHERE), count: found(bin.found_by.annotations, count) },
  };
}

const found = (by: object | undefined, count: number | null): number => (by === undefined ? 0 : (count ?? 0));

function accuracyBin(bin: AccuracyBin): RateBin {
  const { low, high, images: count, accuracy: value, scope, query } = bin;
  return {
    low,
    high,
    count,
    value,
    valueLow: bin.accuracy_low,
    valueHigh: bin.accuracy_high,
    items: { scope, query, count },
  };
}

/** The rates that an answer tells: two of detections, one of classifications. */
export function ratesOf(told: Performance | AccuracyByMetric): Rate[] {
  if (isClassification(told)) {
    return [{ kind: "accuracy", bins: told.bins.map(accuracyBin), overall: told.accuracy, classes: [] }];
  }
  const linesOf = (side: "precision" | "fnr"): ClassLine[] =>
    told.classes.map((each) => ({ name: each.class, color: each.color, values: each[side] }));
  return [
    {
      kind: "precision",
      bins: told.bins.map(precisionBin),
      overall: told.precision,
      classes: linesOf("precision"),
    },
    { kind: "fnr", bins: told.bins.map(fnrBin), overall: told.fnr, classes: linesOf("fnr") },
  ];
}

/** Whether the items have no value of the metric at all. */
export function lacksMetric({ bins }: Rate): boolean {
  return bins.every((bin) => bin.count === null);
}

const MOST_EDGES = 8;

/** Marks below the bins, which are drawn equally wide: round numbers, or the edges where those are uneven. */
export function binTicks(bins: readonly RateBin[], binning: Binning): Tick[] {
  const [first, last] = [bins[0], bins.at(-1)];
  if (first === undefined || last === undefined) return [];
  const [low, high] = [first.low, last.high];
  if (binning === "width") {
    return linearTicks(low, high, MOST_EDGES).map((value) => ({
      at: high > low ? (value - low) / (high - low) : 0.5,
      label: tickLabel(value),
    }));
  }
  const edges = [...bins.map((bin) => bin.low), high];
  const every = Math.ceil(edges.length / MOST_EDGES);
  return edges.flatMap((edge, at) =>
    at % every === 0 ? [{ at: at / bins.length, label: tickLabel(Number(edge.toPrecision(3))) }] : [],
  );
}

interface Point {
  x: number;
  low: number;
  high: number;
  value: number;
}

/** Stretches of neighbouring bins that have a value, in a square of 0..100. */
export function stretches(bins: readonly RateBin[]): Point[][] {
  const parts: Point[][] = [[]];
  bins.forEach(({ value, valueLow: low, valueHigh: high }, at) => {
    if (value === null || low === null || high === null) {
      if (parts.at(-1)?.length !== 0) parts.push([]);
      return;
    }
    parts
      .at(-1)
      ?.push({ x: ((at + 0.5) / bins.length) * 100, value: value * 100, low: low * 100, high: high * 100 });
  });
  return parts.filter((points) => points.length > 0);
}

/** The line of a stretch. */
export function ratePath(points: readonly Point[]): string {
  return linePath(points.map((point) => [point.x, point.value]));
}

/** A class's line over the bins, with gaps where it has nothing. */
export function classPath(values: readonly (number | null)[]): string {
  return linePath(
    values.map((value, at) => (value === null ? null : [((at + 0.5) / values.length) * 100, value * 100])),
  );
}

/** The band of the interval; a bin that stands alone gets one of its own width. */
export function bandPath(points: readonly Point[], bins: number): string {
  const half = points.length === 1 ? 50 / bins / 2 : 0;
  const edge = (side: "low" | "high"): PathPoint[] =>
    points.flatMap((point): PathPoint[] =>
      half === 0
        ? [[point.x, point[side]]]
        : [
            [point.x - half, point[side]],
            [point.x + half, point[side]],
          ],
    );
  return areaPath(edge("high"), edge("low"));
}
