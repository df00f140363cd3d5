import { afterEach, expect, it, vi } from "vitest";
import type { Shape } from "../src/api/client";
import { outlineOf } from "../src/components/drawing/outlines";

class RecordedPath {
  readonly drawn: string[] = [];
  moveTo = (x: number, y: number) => this.drawn.push(`M${x} ${y}`);
  lineTo = (x: number, y: number) => this.drawn.push(`L${x} ${y}`);
  closePath = () => this.drawn.push("Z");
  rect = (...numbers: number[]) => this.drawn.push(`rect ${numbers.join(" ")}`);
}

afterEach(() => void vi.unstubAllGlobals());

function drawn(maskSize: number[], counts: number[]): string[] {
  vi.stubGlobal("Path2D", RecordedPath);
  const shape = { kind: "mask", box: [1, 2, 3, 4], rings: [], mask_counts: counts, mask_size: maskSize };
  const path: unknown = outlineOf(shape as unknown as Shape, "shapes", { width: 4, height: 2 });
  return (path as RecordedPath).drawn;
}

it("draws a mask along its pixels, scaled to the image", () => {
  expect(drawn([1, 2], [1, 1])).toEqual(["M2 0", "L4 0", "L4 2", "L2 2", "Z"]);
});

it("draws the box of a mask that would take 1.6 GB to decode", () => {
  expect(drawn([40_000, 40_000], [10, 5, 1_599_999_985])).toEqual(["rect 1 2 3 4"]);
});
