/** Draws the objects of an image on one canvas. */
import type { Shape } from "../../api/client";
import { showText } from "../../jsx/hidden";
import { outlineOf, type DrawMode } from "./outlines";
import type { Size, Transform } from "./transform";

/** strong: the item itself; partner: the other of a pair; plain: one of many alike; faint: what stands round. */
export type Role = "strong" | "partner" | "plain" | "faint" | "lit";

export interface DrawnShape {
  shape: Shape;
  role: Role;
  color: string;
  /** Pairs of keypoints to join, counted from 1. */
  skeleton: readonly (readonly number[])[];
  label: string | null;
  /** Absent: as the role has it. */
  line?: "solid" | "dashed";
  /** A sign at the corner, so that the colour does not stand alone. */
  sign?: string;
}

export interface DrawOptions {
  mode: DrawMode;
  /** 0 to 1. */
  opacity: number;
  /** Width of a strong line, px. */
  lineWidth: number;
  imageSize: Size;
}

interface Style {
  stroke: string;
  width: number;
  dash: number[];
  fillAlpha: number;
  halo: number;
}

const FAINT = "#ffffff";
/** Dashes of thinner lines would be dots. */
const MIN_DASHED = 1.5;

const dashOf = (width: number): number[] => [width * 2.5, width * 1.8];

function styleOf({ role, color, line }: DrawnShape, lineWidth: number): Style {
  const style = styleOfRole(role, color, lineWidth);
  if (line === undefined) return style;
  return { ...style, dash: line === "dashed" ? dashOf(Math.max(style.width, MIN_DASHED)) : [] };
}

function styleOfRole(role: Role, color: string, lineWidth: number): Style {
  switch (role) {
    case "strong":
      return { stroke: color, width: lineWidth, dash: [], fillAlpha: 0.16, halo: 0.5 };
    case "lit":
      return { stroke: color, width: lineWidth + 1, dash: [], fillAlpha: 0.35, halo: 0.7 };
    case "partner":
      return {
        stroke: color,
        width: lineWidth,
        dash: dashOf(lineWidth),
        fillAlpha: 0.1,
        halo: 0.5,
      };
    case "plain":
      return {
        stroke: color,
        width: Math.max(1.25, lineWidth * 0.7),
        dash: [],
        fillAlpha: 0.12,
        halo: 0.35,
      };
    case "faint":
      return { stroke: FAINT, width: 1, dash: [], fillAlpha: 0, halo: 0.2 };
  }
}

const ORDER: Record<Role, number> = { faint: 0, plain: 1, partner: 2, strong: 3, lit: 4 };

/** Make a canvas as sharp as the screen, empty it, and return its context in CSS pixels. */
export function prepareCanvas(canvas: HTMLCanvasElement, size: Size): CanvasRenderingContext2D | null {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.round(size.width * ratio);
  const height = Math.round(size.height * ratio);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = canvas.getContext("2d");
  context?.setTransform(ratio, 0, 0, ratio, 0, 0);
  context?.clearRect(0, 0, size.width, size.height);
  return context;
}

export function drawShapes(
  context: CanvasRenderingContext2D,
  shapes: readonly DrawnShape[],
  view: Transform,
  options: DrawOptions,
): void {
  const ordered = shapes.toSorted((a, b) => ORDER[a.role] - ORDER[b.role]);
  for (const drawn of ordered) {
    context.save();
    context.globalAlpha = options.opacity * (drawn.role === "faint" ? 0.55 : 1);
    drawOne(context, drawn, view, options);
    context.restore();
  }
  for (const drawn of ordered) {
    if (drawn.label !== null) drawLabel(context, drawn, showText(drawn.label), view);
    else if (drawn.sign !== undefined && drawn.role !== "faint") drawSign(context, drawn, drawn.sign, view);
  }
}

function drawOne(
  context: CanvasRenderingContext2D,
  drawn: DrawnShape,
  view: Transform,
  { mode, lineWidth, imageSize }: DrawOptions,
): void {
  const { shape, color, skeleton } = drawn;
  const style = styleOf(drawn, lineWidth);
  const hasPoints = shape.keypoints.length > 0 || shape.kind === "point";
  const outline = mode === "shapes" && shape.kind === "point" ? null : outlineOf(shape, mode, imageSize);
  if (outline !== null) {
    const path = new Path2D();
    path.addPath(outline, new DOMMatrix([view.scale, 0, 0, view.scale, view.x, view.y]));
    if (style.fillAlpha > 0 && shape.kind !== "polyline") fill(context, path, shape.crowd, style, color);
    strokeTwice(context, path, style);
  }
  if (mode === "shapes" && hasPoints) drawPoints(context, shape, skeleton, view, style);
}

function fill(
  context: CanvasRenderingContext2D,
  path: Path2D,
  crowd: boolean,
  style: Style,
  color: string,
): void {
  const alpha = context.globalAlpha;
  if (crowd) {
    context.globalAlpha = alpha * 0.7;
    context.fillStyle = hatch(context, color);
  } else {
    context.globalAlpha = alpha * style.fillAlpha;
    context.fillStyle = color;
  }
  context.fill(path);
  context.globalAlpha = alpha;
}

/** A dark line under the coloured one keeps it visible on any picture. */
function strokeTwice(context: CanvasRenderingContext2D, path: Path2D, style: Style): void {
  context.lineJoin = "round";
  context.setLineDash(style.dash);
  context.strokeStyle = `rgb(0 0 0 / ${style.halo})`;
  context.lineWidth = style.width + 1.5;
  context.stroke(path);
  context.strokeStyle = style.stroke;
  context.lineWidth = style.width;
  context.stroke(path);
}

const hatches = new Map<string, CanvasPattern>();

function hatch(context: CanvasRenderingContext2D, color: string): CanvasPattern | string {
  const known = hatches.get(color);
  if (known !== undefined) return known;
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const pen = tile.getContext("2d");
  if (pen === null) return color;
  pen.strokeStyle = color;
  pen.lineWidth = 1;
  pen.beginPath();
  for (const shift of [-6, 0, 6]) {
    pen.moveTo(shift, 6);
    pen.lineTo(shift + 6, 0);
  }
  pen.stroke();
  const pattern = context.createPattern(tile, "repeat");
  if (pattern === null) return color;
  hatches.set(color, pattern);
  return pattern;
}

/** Keypoints are x, y, visibility: 0 not shown, 1 hollow (hidden), 2 filled (visible). */
function drawPoints(
  context: CanvasRenderingContext2D,
  shape: Shape,
  skeleton: readonly (readonly number[])[],
  view: Transform,
  style: Style,
): void {
  const flat =
    shape.keypoints.length > 0 ? shape.keypoints : (shape.rings[0] ?? shape.box ?? []).slice(0, 2).concat(2);
  const at = (index: number): { x: number; y: number; visibility: number } => ({
    x: (flat[index * 3] ?? 0) * view.scale + view.x,
    y: (flat[index * 3 + 1] ?? 0) * view.scale + view.y,
    visibility: flat[index * 3 + 2] ?? 0,
  });
  const lines = new Path2D();
  for (const [from = 0, to = 0] of skeleton) {
    const [a, b] = [at(from - 1), at(to - 1)];
    if (a.visibility === 0 || b.visibility === 0) continue;
    lines.moveTo(a.x, a.y);
    lines.lineTo(b.x, b.y);
  }
  strokeTwice(context, lines, { ...style, width: Math.max(1, style.width * 0.7) });
  const radius = Math.max(2, style.width * 1.3);
  for (let index = 0; index < Math.floor(flat.length / 3); index += 1) {
    const { x, y, visibility } = at(index);
    if (visibility === 0) continue;
    context.setLineDash([]);
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = visibility === 1 ? "rgb(0 0 0 / .45)" : style.stroke;
    context.fill();
    context.strokeStyle = visibility === 1 ? style.stroke : "rgb(0 0 0 / .6)";
    context.lineWidth = 1;
    context.stroke();
  }
}

/** Black or white, whichever reads better on a colour. */
export function textOn(color: string): "#000000" | "#ffffff" {
  const number = Number.parseInt(color.slice(1), 16);
  const linear = [16, 8, 0].map((shift) => {
    const channel = ((number >> shift) & 255) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0);
  return luminance > 0.179 ? "#000000" : "#ffffff";
}

const SIGN_SIZE = 11;

/** A small sign at the upper left corner; objects too small for it do without. */
function drawSign(
  context: CanvasRenderingContext2D,
  { shape, color }: DrawnShape,
  sign: string,
  view: Transform,
): void {
  if (shape.box === null) return;
  const [left = 0, top = 0, width = 0, height = 0] = shape.box;
  if (Math.min(width, height) * view.scale < SIGN_SIZE) return;
  const [x, y] = [Math.round(left * view.scale + view.x), Math.round(top * view.scale + view.y)];
  context.fillStyle = color;
  context.fillRect(x, y, SIGN_SIZE, SIGN_SIZE);
  context.font = `700 10px ${sans()}`;
  context.fillStyle = textOn(color);
  context.textBaseline = "middle";
  context.textAlign = "center";
  context.fillText(sign, x + SIGN_SIZE / 2, y + SIGN_SIZE / 2 + 0.5);
  context.textAlign = "start";
}

const LABEL_HEIGHT = 16;

const sans = (): string => getComputedStyle(document.documentElement).getPropertyValue("--sans");

function drawLabel(
  context: CanvasRenderingContext2D,
  { shape, role, color }: DrawnShape,
  label: string,
  view: Transform,
): void {
  if (shape.box === null) return;
  const [left = 0, top = 0, wide = 0, high = 0] = shape.box;
  context.font = `500 11px ${sans()}`;
  const width = context.measureText(label).width + 8;
  // The partner's stands at the opposite corner: the boxes of a pair nearly coincide.
  const end = role === "partner";
  const x = Math.max(0, Math.round((end ? left + wide : left) * view.scale + view.x - (end ? width : 0)));
  const y = Math.max(
    0,
    Math.round((end ? top + high : top) * view.scale + view.y - (end ? 0 : LABEL_HEIGHT)),
  );
  context.fillStyle = color;
  context.beginPath();
  context.roundRect(x, y, width, LABEL_HEIGHT, 3);
  context.fill();
  context.fillStyle = textOn(color);
  context.textBaseline = "middle";
  context.fillText(label, x + 4, y + LABEL_HEIGHT / 2 + 0.5);
}
