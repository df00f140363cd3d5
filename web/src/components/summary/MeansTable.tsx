import type { ReactNode } from "react";
import type { MetricSummary } from "../../api/client";
import { formatValue } from "../../state/format";
import styles from "./MeansTable.module.css";

export interface MeansColumn {
  key: string;
  name: ReactNode;
  /** Cells above the means, in the order of `rows`; a row that is null in all columns is left out. */
  cells: readonly ReactNode[];
  means: Readonly<Record<string, number | null>>;
}

interface Props {
  /** What the columns are, "Split". */
  name: string;
  rows: readonly string[];
  columns: readonly MeansColumn[];
  metrics: readonly MetricSummary[];
}

/** Groups side by side: their counts, and the mean of each metric. */
export function MeansTable({ name, rows, columns, metrics }: Props) {
  const shown = metrics.filter((metric) => columns.some((column) => column.means[metric.key] != null));
  return (
    <div
      className={styles.scroller}
      role="region"
      aria-label={`Table of ${name.toLowerCase()}s`}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, by keys as well
      tabIndex={0}
    >
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{name}</th>
            {columns.map((column) => (
              <th key={column.key} scope="col">
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(
            (row, at) =>
              columns.some((column) => column.cells[at] !== null) && (
                <tr key={row}>
                  <th scope="row">{row}</th>
                  {columns.map((column) => (
                    <td key={column.key}>{column.cells[at]}</td>
                  ))}
                </tr>
              ),
          )}
          {shown.length > 0 && (
            <tr className={styles.group}>
              <th scope="rowgroup" colSpan={columns.length + 1}>
                Mean of each metric
              </th>
            </tr>
          )}
          {shown.map((metric) => (
            <tr key={metric.key}>
              <th scope="row" title={metric.summary}>
                {metric.title}
              </th>
              {columns.map((column) => (
                <td key={column.key}>
                  {formatValue(column.means[metric.key] ?? null, metric.kind, metric.unit)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
