/** Run-length encoded masks, as COCO writes them: column by column, background first. */

/**
 * Decode a mask.
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
