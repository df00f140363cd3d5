/** The triangle of how often two classes share an image, laid out as rows and columns. */

import type { CoOccurrence } from "../../api/client";

type Pair = CoOccurrence["cells"][number];

export interface MatrixCell {
  row: number;
  column: number;
  pair: Pair | null;
  /** 0..1 on the scale of the greatest count; square root, so that the few are told from none. */
  strength: number;
}

/** Rows 1..n-1 (the second class), each with its columns 0..row-1 (the first class). */
export function layOutTriangle(size: number, pairs: readonly Pair[]): MatrixCell[][] {
  const byPlace = new Map(pairs.map((pair) => [pair.b * size + pair.a, pair]));
  const most = Math.max(1, ...pairs.map((pair) => pair.count));
  return Array.from({ length: Math.max(0, size - 1) }, (_, at) => {
    const row = at + 1;
    return Array.from({ length: row }, (__, column) => {
      const pair = byPlace.get(row * size + column) ?? null;
      return { row, column, pair, strength: pair === null ? 0 : Math.sqrt(pair.count / most) };
    });
  });
}

/** Where an arrow key leads in the triangle; null where it would leave it. */
export function stepInTriangle(
  size: number,
  row: number,
  column: number,
  key: string,
): { row: number; column: number } | null {
  const moves: Record<string, [number, number]> = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
  };
  const move = moves[key];
  if (move === undefined) return null;
  const next = { row: row + move[0], column: column + move[1] };
  const inside = next.row >= 1 && next.row < size && next.column >= 0 && next.column < next.row;
  return inside ? next : null;
}
