/**
 * Which items are ticked: some by their rows, or a whole result but for a few.
 *
 * A whole result is never listed, so that a million ticked items cost nothing.
 */
import type { ItemScope, Selection as SentSelection } from "../api/client";
import type { EvaluatedBy } from "./outcomes";

export type Selection =
  | { readonly kind: "listed"; readonly rows: ReadonlySet<number> }
  | {
      readonly kind: "result";
      readonly query: string;
      readonly total: number;
      readonly except: ReadonlySet<number>;
    };

export const NOTHING: Selection = { kind: "listed", rows: new Set() };

/** All items of a result. */
export function wholeResult(query: string, total: number): Selection {
  return total === 0 ? NOTHING : { kind: "result", query, total, except: new Set() };
}

export function countSelected(selection: Selection): number {
  return selection.kind === "listed"
    ? selection.rows.size
    : Math.max(0, selection.total - selection.except.size);
}

/**
 * Whether an item is ticked.
 *
 * @param query of the result in which the item stands; of another result than the ticked one nothing is known.
 */
export function isSelected(selection: Selection, row: number, query: string): boolean {
  if (selection.kind === "listed") return selection.rows.has(row);
  return selection.query === query && !selection.except.has(row);
}

function without(rows: ReadonlySet<number>, row: number): Set<number> {
  const left = new Set(rows);
  left.delete(row);
  return left;
}

/** Tick an item, or take its tick away. */
export function toggleRow(selection: Selection, row: number): Selection {
  if (selection.kind === "listed") {
    const { rows } = selection;
    return { kind: "listed", rows: rows.has(row) ? without(rows, row) : new Set(rows).add(row) };
  }
  const { except } = selection;
  const excepted = except.has(row) ? without(except, row) : new Set(except).add(row);
  return excepted.size >= selection.total ? NOTHING : { ...selection, except: excepted };
}

/** Tick all of the given items. */
export function addRows(selection: Selection, rows: readonly number[]): Selection {
  const next = new Set(selection.kind === "listed" ? selection.rows : selection.except);
  for (const row of rows) {
    if (selection.kind === "listed") next.add(row);
    else next.delete(row);
  }
  return selection.kind === "listed" ? { kind: "listed", rows: next } : { ...selection, except: next };
}

/** The same items by their rows, given all rows of the result that is ticked. */
export function listed(selection: Selection, rowsOfResult: readonly number[]): Selection {
  if (selection.kind === "listed") return selection;
  const rows = new Set(rowsOfResult);
  for (const row of selection.except) rows.delete(row);
  return { kind: "listed", rows };
}

/** Whether every item of a result is ticked, as far as it is known without asking. */
export function coversResult(selection: Selection, query: string): boolean {
  return selection.kind === "result" && selection.query === query && selection.except.size === 0;
}

/** Whether tagging the items may change which items these are. */
export function dependsOnTags(selection: Selection): boolean {
  return selection.kind === "result" && /\btag\b/i.test(selection.query);
}

/**
 * As the server takes it.
 *
 * @param evaluatedBy names the set that predictions are of.
 */
export function toSent(selection: Selection, scope: ItemScope, evaluatedBy?: EvaluatedBy): SentSelection {
  // Which predictions these are does not depend on the thresholds under which they were ticked.
  const of =
    scope === "prediction" && evaluatedBy !== undefined
      ? { predictions: evaluatedBy.predictions, task: evaluatedBy.task }
      : {};
  return selection.kind === "listed"
    ? { ...of, scope, rows: [...selection.rows], query: null, except_rows: [] }
    : { ...of, scope, rows: null, query: selection.query, except_rows: [...selection.except] };
}
