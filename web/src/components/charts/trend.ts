/** Straight lines and stretches in a plane of two axes, each linear or logarithmic. */
import type { AxisScale } from "../../state/summarySearch";
import type { PathPoint } from "./path";

export interface PlaneAxis {
  scale: AxisScale;
  edges: readonly number[];
}

const toScale = (value: number, scale: AxisScale): number => (scale === "log" ? Math.log(value) : value);

/**
 * The two ends of the trend line within the plane, as percent across and upwards; null where it does not cross it.
 *
 * The line is y = slope * x + intercept on the axes' scales, of natural logarithms where an axis is logarithmic.
 */
export function trendEnds(
  trend: { slope: number; intercept: number },
  x: PlaneAxis,
  y: PlaneAxis,
): [PathPoint, PathPoint] | null {
  const [left, right] = [x.edges[0], x.edges.at(-1)];
  const [bottom, top] = [y.edges[0], y.edges.at(-1)];
  if (left === undefined || right === undefined || bottom === undefined || top === undefined) return null;
  let from = toScale(left, x.scale);
  let to = toScale(right, x.scale);
  const [low, high] = [toScale(bottom, y.scale), toScale(top, y.scale)];
  const { slope, intercept } = trend;
  if (![from, to, low, high, slope, intercept].every(Number.isFinite)) return null;
  if (slope === 0) {
    if (intercept < low || intercept > high) return null;
  } else {
    const ends = [(low - intercept) / slope, (high - intercept) / slope].sort((a, b) => a - b);
    from = Math.max(from, ends[0] ?? from);
    to = Math.min(to, ends[1] ?? to);
    if (!(to > from)) return null;
  }
  const percent = (value: number, first: number, last: number): number =>
    ((value - first) / (last - first)) * 100;
  const [first, last] = [toScale(left, x.scale), toScale(right, x.scale)];
  const at = (place: number): PathPoint => [
    percent(place, first, last),
    percent(Math.min(high, Math.max(low, slope * place + intercept)), low, high),
  ];
  return [at(from), at(to)];
}

/** A metric's values from one bin to another, as text of the query language; the last bin is closed. */
export function rangeQuery(key: string, edges: readonly number[], first: number, last: number): string {
  const [low, high] = [edges[first], edges[last + 1]];
  if (low === undefined || high === undefined) return "";
  return `${key}:${low}..${last + 2 === edges.length ? "=" : ""}${high}`;
}
