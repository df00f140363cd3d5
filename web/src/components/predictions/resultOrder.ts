/** The order of the classes' results. */
import type { ClassResult } from "../../api/client";
import type { ResultOrder } from "../../state/predictionsSearch";

const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Most first, or least first where `up`; names A to Z, or Z to A; what is not defined stands last either way. */
export function orderResults(rows: readonly ClassResult[], order: ResultOrder, up: boolean): ClassResult[] {
  const byName = (a: ClassResult, b: ClassResult): number => names.compare(a.class, b.class);
  if (order === "name") return [...rows].sort((a, b) => (up ? -byName(a, b) : byName(a, b)));
  return [...rows].sort((a, b) => {
    const [first, second] = [a[order], b[order]];
    if (first === null || second === null) {
      return Number(first === null) - Number(second === null) || byName(a, b);
    }
    return (up ? first - second : second - first) || byName(a, b);
  });
}
