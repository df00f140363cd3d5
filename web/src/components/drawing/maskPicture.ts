/** Masks as small pictures: filled inside, with an edge that may be dashed. */
import type { Shape } from "../../api/client";
import { decodeMask } from "./rle";

export type MaskStyle = "filled" | "dashed" | "edge" | "crowd";

export interface MaskPicture {
  canvas: HTMLCanvasElement;
  left: number;
  top: number;
  /** From the mask's pixels to the image's: they may differ in size. */
  width: number;
  height: number;
}

const FILL_ALPHA = 0.32;
const pictures = new WeakMap<Shape, Map<string, MaskPicture | null>>();

function rgb(color: string): [number, number, number] {
  const number = Number.parseInt(color.slice(1), 16);
  return [(number >> 16) & 255, (number >> 8) & 255, number & 255];
}

function paint(shape: Shape, color: string, style: MaskStyle): MaskPicture | null {
  const [height = 0, width = 0] = shape.mask_size ?? [];
  if (shape.mask_counts === null || height === 0 || width === 0) return null;
  const mask = decodeMask(shape.mask_counts, height, width);
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let at = mask.indexOf(1); at !== -1; at = mask.indexOf(1, at + 1)) {
    const y = Math.floor(at / width);
    const x = at - y * width;
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < top) top = y;
    if (y > bottom) bottom = y;
  }
  if (right < 0) return null;
  const canvas = document.createElement("canvas");
  canvas.width = right - left + 1;
  canvas.height = bottom - top + 1;
  const context = canvas.getContext("2d");
  if (context === null) return null;
  const picture = context.createImageData(canvas.width, canvas.height);
  const [red, green, blue] = rgb(color);
  const inside = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < width && y < height && mask[y * width + x] === 1;
  for (let y = top; y <= bottom; y += 1) {
    for (let x = left; x <= right; x += 1) {
      if (!inside(x, y)) continue;
      const edge = !inside(x - 1, y) || !inside(x + 1, y) || !inside(x, y - 1) || !inside(x, y + 1);
      const alpha = pixelAlpha(style, edge, x, y);
      const at = ((y - top) * canvas.width + (x - left)) * 4;
      picture.data[at] = red;
      picture.data[at + 1] = green;
      picture.data[at + 2] = blue;
      picture.data[at + 3] = Math.round(alpha * 255);
    }
  }
  context.putImageData(picture, 0, 0);
  return { canvas, left, top, width, height };
}

function pixelAlpha(style: MaskStyle, edge: boolean, x: number, y: number): number {
  if (style === "crowd") return edge || (x + y) % 8 < 2 ? 0.8 : 0.1;
  if (!edge) return style === "edge" ? 0 : FILL_ALPHA;
  return style === "dashed" && (x + y) % 10 >= 6 ? 0 : 1;
}

/** The picture of a shape's mask, made once per colour and style. */
export function maskPicture(shape: Shape, color: string, style: MaskStyle): MaskPicture | null {
  let ofShape = pictures.get(shape);
  if (ofShape === undefined) {
    ofShape = new Map();
    pictures.set(shape, ofShape);
  }
  const key = `${color} ${style}`;
  const known = ofShape.get(key);
  if (known !== undefined) return known;
  const made = paint(shape, color, style);
  ofShape.set(key, made);
  return made;
}
