/** Confusions of classes: the strongest ones, and what a cell says. */
import type { ConfusionMatrix } from "../../../api/client";
import { formatCount, formatPercent } from "../../../state/format";
import type { Items } from "../../../state/links";
import { allOf } from "../../../state/queryText";

export interface Confusion {
  /** Annotated and predicted class, indices into the matrix. */
  row: number;
  column: number;
  count: number;
  /** Share of the annotated class. */
  share: number;
}

type Counts = Pick<ConfusionMatrix, "classes" | "matrix">;

/** Whether what is missed, and what is predicted where nothing is, are counted beside the classes. */
export function hasBackground({ classes, matrix }: Counts): boolean {
  return matrix.length > classes.length;
}

/** The matrix with the classes that are taken for another, or another for them; whole where next to none is. */
export function cutToConfused(whole: ConfusionMatrix): ConfusionMatrix {
  const { classes, matrix } = whole;
  const confused = classes.flatMap((_, at) =>
    classes.some(
      (__, other) => other !== at && ((matrix[at]?.[other] ?? 0) > 0 || (matrix[other]?.[at] ?? 0) > 0),
    )
      ? [at]
      : [],
  );
  return confused.length < 2 ? whole : cut(whole, confused);
}

/** The matrix with the classes of which most is annotated or predicted, in the order of the dataset. */
export function cutToMost(whole: ConfusionMatrix, most: number): ConfusionMatrix {
  const { classes, matrix } = whole;
  if (classes.length <= most) return whole;
  const involved = classes.map((_, at) => ({
    at,
    count: sum(matrix[at]) + matrix.reduce((all, row) => all + (row[at] ?? 0), 0),
  }));
  const kept = involved
    .sort((a, b) => b.count - a.count)
    .slice(0, most)
    .map(({ at }) => at)
    .sort((a, b) => a - b);
  return cut(whole, kept);
}

/** The matrix with some classes, and with background where it has one. */
function cut(whole: ConfusionMatrix, kept: readonly number[]): ConfusionMatrix {
  const { classes, matrix } = whole;
  if (kept.length === classes.length) return whole;
  const places = hasBackground(whole) ? [...kept, classes.length] : kept;
  const of = (texts: readonly string[], at: readonly number[]): string[] =>
    at.map((each) => texts[each] ?? "");
  return {
    classes: of(classes, kept),
    matrix: places.map((row) => places.map((column) => matrix[row]?.[column] ?? 0)),
    true: of(whole.true, places),
    predicted: of(whole.predicted, kept),
    missed: of(whole.missed, kept),
    left_out: whole.left_out + classes.length - kept.length,
  };
}

function sum(values: readonly number[] | undefined): number {
  return (values ?? []).reduce((all, value) => all + value, 0);
}

export function rowTotals(matrix: readonly (readonly number[])[]): number[] {
  return matrix.map(sum);
}

/** Pairs of classes that are taken for one another most often; background is none. */
export function mostConfused({ classes, matrix }: Counts, most: number): Confusion[] {
  const totals = rowTotals(matrix);
  const found: Confusion[] = [];
  for (let row = 0; row < classes.length; row += 1) {
    for (let column = 0; column < classes.length; column += 1) {
      const count = matrix[row]?.[column] ?? 0;
      if (row !== column && count > 0)
        found.push({ row, column, count, share: count / Math.max(1, totals[row] ?? 0) });
    }
  }
  return found.sort((a, b) => b.count - a.count || b.share - a.share).slice(0, most);
}

/** "cat taken for dog"; of classifications, as on cards, "cat → dog": the label, then what is predicted. */
export function pairText(counts: Counts, row: number, column: number): string {
  const [annotated, predicted] = [counts.classes[row] ?? "", counts.classes[column] ?? ""];
  return `${annotated} ${hasBackground(counts) ? "taken for" : "→"} ${predicted}`;
}

/** What a cell says in words. */
export function describeCell(counts: Counts, row: number, column: number): string {
  const { classes, matrix } = counts;
  const count = matrix[row]?.[column] ?? 0;
  const total = sum(matrix[row]);
  const background = classes.length;
  const [annotated, predicted] = [classes[row] ?? "", classes[column] ?? ""];
  if (row === background && column === background)
    return "Background is not counted where nothing is predicted";
  const share = `${formatCount(count)} of ${formatCount(total)}`;
  if (row === background) {
    return `Nothing annotated, ${predicted} predicted: ${share} (${formatPercent(count / Math.max(1, total))})`;
  }
  const [nouns, right] = hasBackground(counts) ? ["annotations", "found"] : ["images", "correct"];
  const of = `${share} ${annotated} ${nouns} (${formatPercent(count / Math.max(1, total))})`;
  if (column === background) return `${annotated} missed: ${of}`;
  return row === column ? `${annotated} ${right}: ${of}` : `${pairText(counts, row, column)}: ${of}`;
}

/** The items of a cell, with how many there are; none where nothing is counted. */
export function itemsOfCell(data: ConfusionMatrix, row: number, column: number): Items {
  const count = data.matrix[row]?.[column] ?? 0;
  if (column === data.classes.length) return { count, scope: "annotation", query: data.missed[row] ?? "" };
  return { count, scope: "prediction", query: allOf([data.true[row] ?? "", data.predicted[column] ?? ""]) };
}

export type CellTone = "tp" | "fp" | "fn";

/** Found, missed, or something predicted that is not so. */
export function toneOf(size: number, row: number, column: number): CellTone {
  if (column === size && row !== size) return "fn";
  return row === column ? "tp" : "fp";
}
