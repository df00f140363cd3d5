/** Places of a heat map: columns from the left, rows from above. */

export interface Cell {
  column: number;
  row: number;
}

/** A rectangle of cells, both ends included. */
export interface Area {
  first: Cell;
  last: Cell;
}

/** What the arrow keys do. */
export const MOVES: Partial<Record<string, Cell>> = {
  ArrowUp: { column: 0, row: -1 },
  ArrowDown: { column: 0, row: 1 },
  ArrowLeft: { column: -1, row: 0 },
  ArrowRight: { column: 1, row: 0 },
};

export function areaBetween(from: Cell, to: Cell): Area {
  return {
    first: { column: Math.min(from.column, to.column), row: Math.min(from.row, to.row) },
    last: { column: Math.max(from.column, to.column), row: Math.max(from.row, to.row) },
  };
}

export function shiftArea({ first, last }: Area, by: Cell): Area {
  const shift = (cell: Cell): Cell => ({ column: cell.column + by.column, row: cell.row + by.row });
  return { first: shift(first), last: shift(last) };
}

export function isSingle({ first, last }: Area): boolean {
  return first.column === last.column && first.row === last.row;
}

export function isWithin({ first, last }: Area, { column, row }: Cell): boolean {
  return column >= first.column && column <= last.column && row >= first.row && row <= last.row;
}

/** The one of equally long steps in which a share 0..1 lies. */
export function stepAt(share: number, steps: number): number {
  return Math.min(steps - 1, Math.max(0, Math.floor(share * steps)));
}

/** The cell below the pointer, or the one nearest to it. */
export function cellAt(
  box: DOMRect,
  pointer: { clientX: number; clientY: number },
  columns: number,
  rows: number,
): Cell {
  return {
    column: stepAt((pointer.clientX - box.left) / box.width, columns),
    row: stepAt((pointer.clientY - box.top) / box.height, rows),
  };
}

/** Where a rectangle lies in its map, as CSS. */
export function boundsOf({ first, last }: Area, columns: number, rows: number) {
  const percent = (share: number): string => `${share * 100}%`;
  return {
    left: percent(first.column / columns),
    width: percent((last.column - first.column + 1) / columns),
    top: percent(first.row / rows),
    height: percent((last.row - first.row + 1) / rows),
  };
}
