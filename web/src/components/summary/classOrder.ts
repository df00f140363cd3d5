import type { ClassLabels } from "../../api/client";
/** The order of the table of classes. */

import type { ClassOrder } from "../../state/summarySearch";

const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

function numberOf(row: ClassLabels, order: Exclude<ClassOrder, "name">): number | null {
  if (order === "annotations") return row.annotations.count;
  if (order === "images") return row.images?.count ?? null;
  return row.median_area;
}

/** Most first, or least first where `up`; names A to Z, or Z to A; what has no value stands last either way. */
export function orderClasses(rows: readonly ClassLabels[], order: ClassOrder, up: boolean): ClassLabels[] {
  const byName = (a: ClassLabels, b: ClassLabels): number => names.compare(a.name, b.name);
  if (order === "name") return [...rows].sort((a, b) => (up ? -byName(a, b) : byName(a, b)));
  return [...rows].sort((a, b) => {
    const [first, second] = [numberOf(a, order), numberOf(b, order)];
    if (first === null || second === null) {
      return Number(first === null) - Number(second === null) || byName(a, b);
    }
    return (up ? first - second : second - first) || byName(a, b);
  });
}
