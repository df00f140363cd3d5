/** SVG paths in a square of 0..100, whose second coordinate points upwards. */

export type PathPoint = readonly [x: number, y: number];

/** A line through the points; null lifts the pen. */
export function linePath(points: readonly (PathPoint | null)[]): string {
  let pen = "M";
  return points
    .map((point) => {
      if (point === null) {
        pen = "M";
        return "";
      }
      const step = `${pen}${point[0].toFixed(2)} ${(100 - point[1]).toFixed(2)}`;
      pen = "L";
      return step;
    })
    .join("");
}

/** The area between two lines that are walked in the same direction. */
export function areaPath(upper: readonly PathPoint[], lower: readonly PathPoint[]): string {
  return `${linePath([...upper, ...[...lower].reverse()])}Z`;
}
