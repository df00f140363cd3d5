/** Straight lines and stretches in a plane of two axes, each linear or logarithmic. */
import type { AxisScale } from "../../state/summarySearch";

export interface PlaneAxis {
  scale: AxisScale;
  edges: readonly number[];
}

const toScale = (value: number, scale: AxisScale): number => (scale === "log" ? Math.log(value) : value);
const fromScale = (value: number, scale: AxisScale): number => (scale === "log" ? Math.exp(value) : value);

type Point = [number, number];

/**
 * The two ends of the trend line within the plane, in the axes' own values; null where it does not cross it.
 *
 * The line is y = slope * x + intercept on the axes' scales, of natural logarithms where an axis is logarithmic.
 */
export function trendEnds(
  trend: { slope: number; intercept: number },
  x: PlaneAxis,
  y: PlaneAxis,
): [Point, Point] | null {
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
  const at = (place: number): Point => [
    fromScale(place, x.scale),
    fromScale(Math.min(high, Math.max(low, slope * place + intercept)), y.scale),
  ];
  return [at(from), at(to)];
}

/** The bin in which a share 0..1 of an axis lies; bins are equally wide on the page. */
export function binAt(share: number, bins: number): number {
  return Math.min(bins - 1, Math.max(0, Math.floor(share * bins)));
}

/** A metric's values from one bin to another, as text of the query language; the last bin is closed. */
export function rangeQuery(key: string, edges: readonly number[], first: number, last: number): string {
  const [low, high] = [edges[first], edges[last + 1]];
  if (low === undefined || high === undefined) return "";
  return `${key}:${low}..${last + 2 === edges.length ? "=" : ""}${high}`;
}
