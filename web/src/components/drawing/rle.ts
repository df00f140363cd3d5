/** Run-length encoded masks, as COCO writes them: column by column, background first. */

/** The most pixels that a mask is decoded to, a byte each; files may declare any size with a few numbers. */
export const MOST_MASK_PIXELS = 2 ** 27;

/**
 * Decode a mask, of at most MOST_MASK_PIXELS.
 *
 * @param counts Lengths of runs, background and object in turn, down the columns.
 * @returns height × width bytes, row by row, 1 where the object is.
 */
export function decodeMask(counts: readonly number[], height: number, width: number): Uint8Array {
  const mask = new Uint8Array(height * width);
  let position = 0;
  let inside = false;
  for (const run of counts) {
    const end = Math.min(position + run, mask.length);
    if (inside) {
      for (let at = position; at < end; at += 1) {
        const column = Math.floor(at / height);
        mask[(at - column * height) * width + column] = 1;
      }
    }
    position = end;
    inside = !inside;
  }
  return mask;
}

/** Number of object pixels: every second run. */
export function maskArea(counts: readonly number[]): number {
  let area = 0;
  for (let index = 1; index < counts.length; index += 2) area += counts[index] ?? 0;
  return area;
}

/**
 * Outline of a mask along the edges of its pixels.
 *
 * @returns Closed rings x, y, x, y … without points on straight stretches; outer rings run clockwise (y points
 *   down), rings of holes the other way, so that the non-zero rule fills the mask.
 */
export function maskRings(mask: Uint8Array, height: number, width: number): number[][] {
  const inside = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < width && y < height && mask[y * width + x] === 1;
  const stride = width + 1;
  // From a corner, the corners that an edge with the object on its right leads to.
  const next = new Map<number, number[]>();
  const add = (fromX: number, fromY: number, toX: number, toY: number): void => {
    const from = fromY * stride + fromX;
    const known = next.get(from);
    if (known === undefined) next.set(from, [toY * stride + toX]);
    else known.push(toY * stride + toX);
  };
  for (let at = mask.indexOf(1); at !== -1; at = mask.indexOf(1, at + 1)) {
    const y = Math.floor(at / width);
    const x = at - y * width;
    if (!inside(x, y - 1)) add(x, y, x + 1, y);
    if (!inside(x + 1, y)) add(x + 1, y, x + 1, y + 1);
    if (!inside(x, y + 1)) add(x + 1, y + 1, x, y + 1);
    if (!inside(x - 1, y)) add(x, y + 1, x, y);
  }
  const rings: number[][] = [];
  for (const start of next.keys()) {
    while ((next.get(start)?.length ?? 0) > 0) rings.push(followEdges(next, start, stride));
  }
  return rings;
}

function followEdges(next: Map<number, number[]>, start: number, stride: number): number[] {
  const corners: number[] = [];
  let at = start;
  do {
    corners.push(at);
    at = next.get(at)?.pop() ?? start;
  } while (at !== start);
  const ring: number[] = [];
  corners.forEach((corner, index) => {
    const before = corners.at(index - 1) ?? corner;
    const after = corners[(index + 1) % corners.length] ?? corner;
    if (corner - before !== after - corner) ring.push(corner % stride, Math.floor(corner / stride));
  });
  return ring;
}
