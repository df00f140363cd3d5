import type { ClassLabels } from "../../api/client";
import { IconArrowDown, IconArrowUp, IconSearch, IconTrendingDown } from "@tabler/icons-react";
import { useMemo, useState } from "react";

import { formatCount, formatPercent, formatValue } from "../../state/format";
import type { ClassOrder } from "../../state/summarySearch";
import { Gap } from "../ui/Gap";
import { useWindowedRows } from "../ui/useWindowedRows";
import { orderClasses } from "./classOrder";
import styles from "./ClassTable.module.css";
import { ItemsLink } from "../ui/ItemsLink";

const ROW_PX = 26;
const HEAD_PX = 27;
const FIND_FROM = 15;

const COLUMNS: [ClassOrder, string][] = [
  ["name", "Class"],
  ["annotations", "Annotations"],
  ["images", "Images"],
  ["median_area", "Median area"],
];

interface HeadProps {
  column: ClassOrder;
  label: string;
  order: ClassOrder;
  up: boolean;
  onOrder: (order: ClassOrder, up: boolean) => void;
}

function Head({ column, label, order, up, onOrder }: HeadProps) {
  const on = column === order;
  // A to Z rises, most first falls.
  const rising = (column === "name") !== up;
  const Arrow = rising ? IconArrowUp : IconArrowDown;
  return (
    <th
      scope="col"
      data-column={column}
      colSpan={column === "annotations" ? 3 : 1}
      aria-sort={on ? (rising ? "ascending" : "descending") : "none"}
    >
      <button type="button" className={styles.sort} onClick={() => onOrder(column, on ? !up : false)}>
        {label}
        <Arrow size={13} aria-hidden style={{ visibility: on ? "visible" : "hidden" }} />
      </button>
    </th>
  );
}

interface RowProps {
  project: string;
  row: ClassLabels;
  most: number;
  withImages: boolean;
}

function Row({ project, row, most, withImages }: RowProps) {
  return (
    <tr>
      <th scope="row">
        <span className={styles.label}>
          <span className="dot" style={{ background: row.color }} aria-hidden />
          <span className="truncate" title={row.name}>
            {row.name}
          </span>
          {row.rare && (
            <span className={styles.rare} title="Under-represented: far fewer annotations than other classes">
              <IconTrendingDown size={12} aria-hidden /> rare
            </span>
          )}
        </span>
      </th>
      <td data-column="annotations">
        <ItemsLink project={project} items={row.annotations} what={row.name} className={styles.link}>
          {formatCount(row.annotations.count)}
        </ItemsLink>
      </td>
      <td data-column="share">{formatPercent(row.share)}</td>
      <td data-column="bar">
        <ItemsLink
          project={project}
          items={row.annotations}
          what={row.name}
          className={styles.track}
          tabIndex={-1}
        >
          {row.annotations.count > 0 && (
            <i style={{ width: `${(row.annotations.count / most) * 100}%` }} data-rare={row.rare} />
          )}
        </ItemsLink>
      </td>
      {withImages && (
        <td data-column="images">
          {row.images !== null && (
            <ItemsLink
              project={project}
              items={row.images}
              what={`Images with ${row.name}`}
              className={styles.link}
            >
              {formatCount(row.images.count)}
            </ItemsLink>
          )}
        </td>
      )}
      <td data-column="median_area">{formatValue(row.median_area, "positive", "px²")}</td>
    </tr>
  );
}

interface Props {
  project: string;
  classes: readonly ClassLabels[];
  order: ClassOrder;
  up: boolean;
  /** Height in px that the table has at most. */
  height: number;
  onOrder: (order: ClassOrder, up: boolean) => void;
}

/** Every class with its counts and areas; only the rows in view are drawn, so 5,000 are no more work than 50. */
export function ClassTable({ project, classes, order, up, height, onOrder }: Props) {
  const [find, setFind] = useState("");
  // Under a filter, images are not counted.
  const withImages = classes.some((row) => row.images !== null);
  const columns = COLUMNS.filter(([column]) => withImages || column !== "images");
  const rows = useMemo(() => {
    const sought = find.trim().toLowerCase();
    return orderClasses(
      classes.filter((row) => row.name.toLowerCase().includes(sought)),
      order,
      up,
    );
  }, [classes, find, order, up]);
  const most = Math.max(1, ...classes.map((row) => row.annotations.count));
  const { scroller, indices, above, below } = useWindowedRows(rows.length, ROW_PX);
  return (
    <>
      {classes.length >= FIND_FROM && (
        <label className={styles.find}>
          <IconSearch size={14} aria-hidden />
          <input
            type="search"
            value={find}
            placeholder={`Find among ${formatCount(classes.length)} classes`}
            aria-label="Find a class"
            onChange={(event) => setFind(event.currentTarget.value)}
          />
        </label>
      )}
      <div
        ref={scroller}
        className={styles.scroller}
        style={{ height: Math.min(height, HEAD_PX + ROW_PX * Math.max(2, rows.length)) }}
        role="region"
        aria-label="Table of classes"
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, by keys as well
        tabIndex={0}
      >
        <table className={styles.table} aria-rowcount={rows.length + 1}>
          <colgroup>
            {["name", "count", "share", "bar", ...(withImages ? ["images"] : []), "area"].map((column) => (
              <col key={column} className={styles[column]} />
            ))}
          </colgroup>
          <thead>
            <tr>
              {columns.map(([column, label]) => (
                <Head key={column} column={column} label={label} order={order} up={up} onOrder={onOrder} />
              ))}
            </tr>
          </thead>
          <tbody>
            <Gap columns={6} px={above} />
            {indices.map((index) => {
              const row = rows[index];
              return (
                row && (
                  <Row key={row.class_row} project={project} row={row} most={most} withImages={withImages} />
                )
              );
            })}
            <Gap columns={6} px={below} />
          </tbody>
        </table>
        {rows.length === 0 && <p className={styles.nothing}>No class is called that.</p>}
      </div>
    </>
  );
}
