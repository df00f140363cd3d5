/** How many items each class would leave, were it clicked. */
import type { Scope } from "../../api/client";
import { NOT_NOT, type TermText } from "../../state/queryText";
import type { ClassValue } from "./ClassList";

interface Counted {
  label: string;
  count: number;
  query: string;
  color: string | null;
}

/**
 * Whether a class has to be kept apart from the other conditions.
 *
 * Conditions on annotations that stand side by side in a query of images speak of the same annotation. The numbers at
 * the classes are of images that have the class in any of their annotations.
 */
export function apart(scope: Scope, besides: readonly TermText[]): boolean {
  return scope === "image" && besides.length > 0;
}

/**
 * The classes with their numbers under a filter, those of most items first.
 *
 * @param all classes of the project, with the terms that let them through.
 * @param counted classes that items of the filter have.
 */
export function countClasses(
  all: readonly Counted[],
  counted: readonly Counted[],
  isApart: boolean,
): ClassValue[] {
  const counts = new Map(counted.map(({ label, count }) => [label, count]));
  return all
    .map(({ label, color, query }) => ({
      name: label,
      count: counts.get(label) ?? 0,
      query: isApart ? `${NOT_NOT}${query}` : query,
      color: color ?? "var(--faint)",
    }))
    .toSorted((a, b) => b.count - a.count);
}
