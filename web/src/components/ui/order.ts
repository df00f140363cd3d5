/** The order of a table's rows. */
const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/**
 * Most first, or least first where `up`; what has no value stands last either way, and equals by name.
 *
 * @param valueOf null: by name, A to Z, or Z to A where `up`.
 */
export function orderRows<Row>(
  rows: readonly Row[],
  nameOf: (row: Row) => string,
  valueOf: ((row: Row) => number | null) | null,
  up: boolean,
): Row[] {
  const byName = (a: Row, b: Row): number => names.compare(nameOf(a), nameOf(b));
  if (valueOf === null) return rows.toSorted((a, b) => (up ? -byName(a, b) : byName(a, b)));
  return rows.toSorted((a, b) => {
    const [first, second] = [valueOf(a), valueOf(b)];
    if (first === null || second === null) {
      return Number(first === null) - Number(second === null) || byName(a, b);
    }
    return (up ? first - second : second - first) || byName(a, b);
  });
}
