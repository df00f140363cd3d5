/** The order of the classes' results. */
const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/**
 * Most first, or least first where `up`; what is not defined stands last either way.
 *
 * @param valueOf null: by name, A to Z, or Z to A where `up`.
 */
export function orderResults<Row extends { class: string }>(
  rows: readonly Row[],
  valueOf: ((row: Row) => number | null) | null,
  up: boolean,
): Row[] {
  const byName = (a: Row, b: Row): number => names.compare(a.class, b.class);
  if (valueOf === null) return [...rows].sort((a, b) => (up ? -byName(a, b) : byName(a, b)));
  return [...rows].sort((a, b) => {
    const [first, second] = [valueOf(a), valueOf(b)];
    if (first === null || second === null) {
      return Number(first === null) - Number(second === null) || byName(a, b);
    }
    return (up ? first - second : second - first) || byName(a, b);
  });
}
