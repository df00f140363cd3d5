/** Bins of Metric Performance as they are drawn and told. */
import type { Performance, PerformanceBin } from "../../api/client";
import { linearTicks, tickLabel } from "../charts/axis";
import type { Items } from "../../state/links";
import type { Binning } from "../../state/predictionsSearch";
import type { Tick } from "./UnitPlot";

export interface Side {
  count: number | null;
  value: number | null;
  low: number | null;
  high: number | null;
}

export type SideName = "precision" | "fnr";

export function sideOf(bin: PerformanceBin, side: SideName): Side {
  return side === "precision"
    ? { count: bin.predictions, value: bin.precision, low: bin.precision_low, high: bin.precision_high }
    : { count: bin.annotations, value: bin.fnr, low: bin.fnr_low, high: bin.fnr_high };
}

/** The items of a side's bin, whichever their outcome. */
export function binItems(bin: PerformanceBin | undefined, side: SideName): Items {
  const found = bin?.found_by[side === "precision" ? "predictions" : "annotations"];
  const count = bin === undefined ? null : sideOf(bin, side).count;
  return found === undefined ? { count: 0, scope: "prediction", query: "" } : { ...found, count: count ?? 0 };
}

/** Whether the side has no value of the metric at all. */
export function lacksMetric({ bins }: Pick<Performance, "bins">, side: SideName): boolean {
  return bins.every((bin) => sideOf(bin, side).count === null);
}

const MOST_EDGES = 8;

/** Marks below the bins, which are drawn equally wide: round numbers, or the edges where those are uneven. */
export function binTicks(bins: readonly PerformanceBin[], binning: Binning): Tick[] {
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
export function stretches(bins: readonly PerformanceBin[], side: SideName): Point[][] {
  const found: Point[][] = [[]];
  bins.forEach((bin, at) => {
    const { value, low, high } = sideOf(bin, side);
    if (value === null || low === null || high === null) {
      if (found.at(-1)?.length !== 0) found.push([]);
      return;
    }
    found
      .at(-1)
      ?.push({ x: ((at + 0.5) / bins.length) * 100, value: value * 100, low: low * 100, high: high * 100 });
  });
  return found.filter((points) => points.length > 0);
}

const write = (points: readonly (readonly [number, number])[]): string =>
  points.map(([x, y], at) => `${at === 0 ? "M" : "L"}${x.toFixed(2)} ${(100 - y).toFixed(2)}`).join("");

export function linePath(points: readonly Point[]): string {
  return write(points.map((point) => [point.x, point.value]));
}

/** The band of the interval; a bin that stands alone gets one of its own width. */
export function bandPath(points: readonly Point[], bins: number): string {
  const half = points.length === 1 ? 50 / bins / 2 : 0;
  const upper = points.flatMap((point) =>
    half === 0
      ? ([[point.x, point.high]] as const)
      : ([
          [point.x - half, point.high],
          [point.x + half, point.high],
        ] as const),
  );
  const lower = points.flatMap((point) =>
    half === 0
      ? ([[point.x, point.low]] as const)
      : ([
          [point.x - half, point.low],
          [point.x + half, point.low],
        ] as const),
  );
  return `${write([...upper, ...[...lower].reverse()])}Z`;
}
