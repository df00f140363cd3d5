/** Links into the Explorer: what a number, bar, bin or cell stands for, as the address of exactly those items. */
import type { ItemScope, Scope } from "../api/client";
import { readSort, type SortDirection } from "./explorerSearch";

/** Items that something on a page stands for. */
export interface Items {
  count: number;
  scope: ItemScope;
  /** Text of the query language; "" is every item of the scope. */
  query: string;
}

/** The Explorer's search parameters for a set of items. */
export interface ExplorerTarget {
  scope: Scope;
  query?: string;
  metric?: string;
  dir?: SortDirection;
  item?: number;
}

/** Where a click on something that stands for items leads; `sort` orders them, worst first. */
export function explorerTarget(
  { scope, query }: Pick<Items, "scope" | "query">,
  sort?: string,
  item?: number,
): ExplorerTarget {
  return {
    // Predictions are listed on a page of their own.
    scope: scope === "prediction" ? "image" : scope,
    ...(query === "" ? {} : { query }),
    ...(sort === undefined ? {} : readSort(sort)),
    ...(item === undefined ? {} : { item }),
  };
}

const NOUNS: Record<ItemScope, [string, string]> = {
  image: ["image", "images"],
  annotation: ["annotation", "annotations"],
  prediction: ["prediction", "predictions"],
};

/** "image" or "images", "annotation" or "annotations". */
export function nounOf(scope: ItemScope, count: number): string {
  return NOUNS[scope][count === 1 ? 0 : 1];
}

/** Both sides of an `and`; either may be "". */
export function joinQueries(first: string, second: string): string {
  if (first === "" || second === "") return first === "" ? second : first;
  const wrap = (text: string): string => (/\bor\b/i.test(text) ? `(${text})` : text);
  return `${wrap(first)} ${wrap(second)}`;
}

const BARE = /^[\p{L}\p{N}_][\p{L}\p{N}_-]*$/u;
/** Words that mean something else where they stand bare. */
const WORDS = new Set(["and", "or", "not", "null"]);

/** A value as the query language writes it: quoted where it is more than one plain word. */
export function quoteValue(value: string): string {
  if (BARE.test(value) && !WORDS.has(value.toLowerCase())) return value;
  return `"${value.replace(/[\\"]/g, "\\$&")}"`;
}
