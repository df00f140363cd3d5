/** Which card a key leads to. */

export interface GridShape {
  total: number;
  columns: number;
  /** Rows that are wholly in sight. */
  rowsInSight: number;
}

/**
 * Index of the card that a key moves to, or null when the key does not move.
 *
 * Up and down keep the column; a step beyond the last, shorter row ends at the last card.
 */
export function moveFocus(
  index: number,
  key: string,
  { total, columns, rowsInSight }: GridShape,
): number | null {
  if (total === 0) return null;
  const last = total - 1;
  const byRows = (rows: number): number => {
    const target = index + rows * columns;
    if (target < 0) return index % columns;
    if (target <= last) return target;
    const lastRow = Math.floor(last / columns);
    return Math.floor(index / columns) === lastRow ? index : last;
  };
  switch (key) {
    case "ArrowLeft":
      return Math.max(0, index - 1);
    case "ArrowRight":
      return Math.min(last, index + 1);
    case "ArrowUp":
      return byRows(-1);
    case "ArrowDown":
      return byRows(1);
    case "PageUp":
      return byRows(-Math.max(1, rowsInSight));
    case "PageDown":
      return byRows(Math.max(1, rowsInSight));
    case "Home":
      return 0;
    case "End":
      return last;
    default:
      return null;
  }
}

export const CARD_WIDTHS = { s: 112, m: 150, l: 230, xl: 380 } as const;

export interface GridLayout {
  columns: number;
  cardWidth: number;
  pictureHeight: number;
  rowHeight: number;
}

/** As many columns as fit; cards share what is left. Their pictures are 4:3, and have a caption below. */
export function layOut(width: number, cardWidth: number, gap: number, caption: number): GridLayout {
  const columns = Math.max(1, Math.floor((width + gap) / (cardWidth + gap)));
  const wide = Math.max(1, (width - gap * (columns - 1)) / columns);
  const high = Math.round(wide * 0.75);
  return { columns, cardWidth: wide, pictureHeight: high, rowHeight: high + caption + gap };
}

/** First and last page that hold any of the given cards. */
export function pagesOf(first: number, last: number, perPage: number, total: number): number[] {
  if (total === 0 || last < first) return [];
  const from = Math.floor(Math.max(0, first) / perPage);
  const to = Math.floor(Math.min(total - 1, last) / perPage);
  return Array.from({ length: to - from + 1 }, (_, step) => from + step);
}
