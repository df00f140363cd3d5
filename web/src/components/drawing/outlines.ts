/** Outlines of shapes in the image's pixels, built once per shape. */
import type { Shape } from "../../api/client";
import { decodeMask, maskRings, MOST_MASK_PIXELS } from "./rle";
import type { Size } from "./transform";

export type DrawMode = "shapes" | "boxes";

/** Corners of a box turned clockwise by degrees about its centre: x, y, x, y … */
export function rotatedCorners(box: readonly number[], degrees: number): number[] {
  const [left = 0, top = 0, width = 0, height = 0] = box;
  const angle = (degrees * Math.PI) / 180;
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const centreX = left + width / 2;
  const centreY = top + height / 2;
  const corners = [
    [-width / 2, -height / 2],
    [width / 2, -height / 2],
    [width / 2, height / 2],
    [-width / 2, height / 2],
  ] as const;
  return corners.flatMap(([x, y]) => [centreX + x * cos - y * sin, centreY + x * sin + y * cos]);
}

function trace(path: Path2D, ring: readonly number[], closed: boolean): void {
  for (let at = 0; at + 1 < ring.length; at += 2) {
    const x = ring[at] ?? 0;
    const y = ring[at + 1] ?? 0;
    if (at === 0) path.moveTo(x, y);
    else path.lineTo(x, y);
  }
  if (closed) path.closePath();
}

function canBeDecoded([height = 0, width = 0]: readonly number[]): boolean {
  return height * width <= MOST_MASK_PIXELS;
}

/** Rings of a mask in the image's pixels: the mask itself may have another size. */
function ringsOfMask(counts: readonly number[], maskSize: readonly number[], image: Size): number[][] {
  const [height = 0, width = 0] = maskSize;
  const [scaleX, scaleY] = [image.width / width, image.height / height];
  return maskRings(decodeMask(counts, height, width), height, width).map((ring) =>
    ring.map((value, at) => value * (at % 2 === 0 ? scaleX : scaleY)),
  );
}

function build(shape: Shape, mode: DrawMode, image: Size): Path2D | null {
  const path = new Path2D();
  const { mask_counts: counts, mask_size: size } = shape;
  if (mode === "shapes" && counts !== null && size !== null && canBeDecoded(size)) {
    for (const ring of ringsOfMask(counts, size, image)) trace(path, ring, true);
    return path;
  }
  const rotated = shape.kind === "rotated_box";
  if ((mode === "shapes" || rotated) && shape.rings.length > 0) {
    for (const ring of shape.rings) trace(path, ring, shape.kind !== "polyline");
    return path;
  }
  if (shape.box === null) return null;
  if (rotated) {
    trace(path, rotatedCorners(shape.box, shape.rotation ?? 0), true);
    return path;
  }
  const [left = 0, top = 0, width = 0, height = 0] = shape.box;
  path.rect(left, top, width, height);
  return path;
}

const outlines = { shapes: new WeakMap<Shape, Path2D | null>(), boxes: new WeakMap<Shape, Path2D | null>() };

export function outlineOf(shape: Shape, mode: DrawMode, image: Size): Path2D | null {
  const known = outlines[mode].get(shape);
  if (known !== undefined) return known;
  const path = build(shape, mode, image);
  outlines[mode].set(shape, path);
  return path;
}

/** Area of a polygon's rings or of a box, px²; null for shapes without one. Rings are added up. */
export function shapeArea(shape: Shape, maskPixels: (counts: readonly number[]) => number): number | null {
  if (shape.mask_counts !== null) return maskPixels(shape.mask_counts);
  if (shape.kind === "polygon") {
    return shape.rings.reduce((sum, ring) => sum + ringArea(ring), 0);
  }
  if (shape.box === null || (shape.kind !== "box" && shape.kind !== "rotated_box")) return null;
  return (shape.box[2] ?? 0) * (shape.box[3] ?? 0);
}

function ringArea(ring: readonly number[]): number {
  let twice = 0;
  for (let at = 0; at + 1 < ring.length; at += 2) {
    const next = (at + 2) % ring.length;
    twice += (ring[at] ?? 0) * (ring[next + 1] ?? 0) - (ring[next] ?? 0) * (ring[at + 1] ?? 0);
  }
  return Math.abs(twice) / 2;
}
