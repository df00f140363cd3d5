import { describe, expect, it } from "vitest";
import { decodeMask, maskArea, maskRings } from "../src/components/drawing/rle";

describe("decodeMask", () => {
  it("runs down the columns, background first", () => {
    // 2 rows, 3 columns. Down the columns: 0 | 1 1 1 | 0 0 → (0,0)=0 (1,0)=1 (0,1)=1 (1,1)=1 rest 0.
    expect([...decodeMask([1, 3, 2], 2, 3)]).toEqual([0, 1, 0, 1, 1, 0]);
  });

  it("begins with the object when the first run is empty", () => {
    expect([...decodeMask([0, 2, 2], 2, 2)]).toEqual([1, 0, 1, 0]);
  });

  it("does not write beyond the mask when runs are too long", () => {
    expect([...decodeMask([1, 99], 1, 3)]).toEqual([0, 1, 1]);
  });
});

describe("maskArea", () => {
  it("adds every second run", () => {
    expect(maskArea([5, 3, 2, 4, 1])).toBe(7);
  });
});

describe("maskRings", () => {
  it("outlines a rectangle by its four corners, clockwise", () => {
    // Columns 1 and 2 of a 2×4 mask.
    const mask = decodeMask([2, 4, 2], 2, 4);
    expect(maskRings(mask, 2, 4)).toEqual([[1, 0, 3, 0, 3, 2, 1, 2]]);
  });

  it("gives a hole a ring of the opposite direction", () => {
    const mask = Uint8Array.from([1, 1, 1, 1, 0, 1, 1, 1, 1]);
    const signedAreas = maskRings(mask, 3, 3).map((ring) => {
      let twice = 0;
      for (let at = 0; at < ring.length; at += 2) {
        const to = (at + 2) % ring.length;
        twice += (ring[at] ?? 0) * (ring[to + 1] ?? 0) - (ring[to] ?? 0) * (ring[at + 1] ?? 0);
      }
      return twice / 2;
    });
    expect(signedAreas.toSorted((a, b) => a - b)).toEqual([-1, 9]);
  });

  it("is empty for an empty mask", () => {
    expect(maskRings(new Uint8Array(6), 2, 3)).toEqual([]);
  });
});
