import { useMemo, useState } from "react";
import type { ClassCompared, Comparison } from "../../api/client";
import { formatDifference, isCost, reachOf, verdictOf } from "../../state/comparison";
import { formatCount } from "../../state/format";
import { formatScore } from "../predictions/scores";
import { useWindowedRows } from "../useWindowedRows";
import styles from "./Compared.module.css";
import { VerdictText } from "./NumbersCompared";
import { Whisker } from "./Whisker";

const ROW_PX = 26;
const HEAD_PX = 27;
const COLUMNS = 11;

type Order = "change" | "name" | "annotations";
const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

const ORDERS: Record<Order, (a: ClassCompared, b: ClassCompared) => number> = {
  change: (a, b) => Math.abs(b.ap.difference ?? 0) - Math.abs(a.ap.difference ?? 0),
  name: (a, b) => names.compare(a.class, b.class),
  annotations: (a, b) => b.annotations - a.annotations,
};

function Row({ row, reach }: { row: ClassCompared; reach: number }) {
  const verdict = verdictOf(row.ap, false);
  return (
    <tr>
      <th scope="row">
        <span className={styles.className}>
          <span className="dot" style={{ background: row.color }} aria-hidden />
          <span className="truncate">{row.class}</span>
        </span>
      </th>
      <td>{formatCount(row.annotations)}</td>
      <td>{formatScore(row.ap.first)}</td>
      <td>{formatScore(row.ap.second)}</td>
      <td className={styles.difference}>{formatDifference(row.ap.difference, false)}</td>
      <td className={styles.plot}>
        <Whisker compared={row.ap} verdict={verdict} reach={reach} />
      </td>
      <td style={{ textAlign: "left" }}>
        <VerdictText verdict={verdict} />
      </td>
      <td>{formatDifference(row.ar.difference, false)}</td>
      {(["tp", "fp", "fn"] as const).map((name) => (
        <td key={name} data-cost={isCost(name)}>
          {formatDifference(row[name].difference, true)}
        </td>
      ))}
    </tr>
  );
}

/** Average precision of every class in both sets, what has changed most first. */
export function ClassDifferences({ comparison, height }: { comparison: Comparison; height: number }) {
  const { first, second, per_class: classes } = comparison;
  const [order, setOrder] = useState<Order>("change");
  const rows = useMemo(() => [...classes].sort(ORDERS[order]), [classes, order]);
  const reach = useMemo(() => reachOf(classes.map((each) => each.ap)), [classes]);
  const { scroller, indices, above, below } = useWindowedRows(rows.length, ROW_PX);
  const sorter = (key: Order, label: string, title: string) => (
    <button
      type="button"
      className={styles.sort}
      aria-pressed={order === key}
      title={title}
      onClick={() => setOrder(key)}
    >
      {label}
    </button>
  );
  const gap = (px: number) =>
    px > 0 && (
      <tr aria-hidden>
        <td colSpan={COLUMNS} style={{ height: px }} />
      </tr>
    );
  return (
    <div
      ref={scroller}
      className={styles.scroller}
      style={{ height: Math.min(height, HEAD_PX + ROW_PX * Math.max(2, rows.length)) }}
      role="region"
      aria-label="Table of differences by class"
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, by keys as well
      tabIndex={0}
    >
      <table className={styles.classes} aria-rowcount={rows.length + 1}>
        <colgroup>
          <col />
          <col style={{ width: 96 }} />
          <col span={2} style={{ width: "9%" }} />
          <col style={{ width: 88 }} />
          <col style={{ width: "18%" }} />
          <col style={{ width: 140 }} />
          <col style={{ width: 70 }} />
          <col span={3} style={{ width: 62 }} />
        </colgroup>
        <thead>
          <tr>
            <th scope="col">{sorter("name", "Class", "Sort by name")}</th>
            <th scope="col">{sorter("annotations", "Annotations", "Most annotations first")}</th>
            <th scope="col" className="muted small truncate" title={`AP of ${first}`}>
              AP {first}
            </th>
            <th scope="col" className="muted small truncate" title={`AP of ${second}`}>
              AP {second}
            </th>
            <th scope="col">{sorter("change", "Difference", "What has changed most first")}</th>
            <th scope="col" aria-label="Difference on a scale" />
            <th scope="col" className="muted small truncate" style={{ textAlign: "left" }}>
              {second} is
            </th>
            {["AR", "TP", "FP", "FN"].map((name) => (
              <th key={name} scope="col" className="muted small" title={`Difference of ${name}`}>
                Δ {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {gap(above)}
          {indices.map((index) => {
            const row = rows[index];
            return row && <Row key={row.class_row} row={row} reach={reach} />;
          })}
          {gap(below)}
        </tbody>
      </table>
    </div>
  );
}
