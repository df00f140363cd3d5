import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, type HTMLAttributes, type ReactNode } from "react";
import styles from "./DataTable.module.css";
import { orderRows } from "./order";

const ROW_PX = 26;
const HEAD_PX = 27;

export interface DataColumn<Row> {
  key: string;
  label: ReactNode;
  /** What it is, on hover. */
  title?: string;
  /** Columns without it share the rest. */
  width?: number | string;
  /** Text and bars stand left, numbers right. */
  left?: boolean;
  /** What it is ordered by; absent: it cannot be. */
  value?: (row: Row) => number | null;
  cell: (row: Row) => ReactNode;
}

interface Props<Row> {
  /** What the table is, for screen readers: "Table of classes". */
  label: string;
  /** The column of names, which every row has and which is ordered A to Z. */
  name: Omit<DataColumn<Row>, "value" | "left"> & { of: (row: Row) => string };
  columns: readonly DataColumn<Row>[];
  rows: readonly Row[];
  /** A row's own number. */
  idOf: (row: Row) => number;
  /** Key of the column that orders. */
  order: string;
  up: boolean;
  onOrder: (key: string, up: boolean) => void;
  /** Px that it has at most. */
  height: number;
  /** Of a row: whether it is lit up, and what the pointer does there. */
  rowProps?: (row: Row) => HTMLAttributes<HTMLTableRowElement> & { "data-on"?: boolean };
  /** In the rows' place where there are none. */
  nothing?: ReactNode;
}

/** The height of rows that are not drawn. */
function Gap({ columns, px }: { columns: number; px: number }) {
  if (px <= 0) return null;
  return (
    <tr aria-hidden>
      <td colSpan={columns} style={{ height: px, padding: 0, border: 0 }} />
    </tr>
  );
}

interface HeadProps<Row> extends Pick<Props<Row>, "order" | "up" | "onOrder"> {
  column: DataColumn<Row>;
  isName: boolean;
}

function Head<Row>({ column, isName, order, up, onOrder }: HeadProps<Row>) {
  const { key, label, title } = column;
  const on = key === order;
  // A to Z rises, most first falls.
  const rising = isName !== up;
  const Arrow = rising ? IconArrowUp : IconArrowDown;
  const sorts = isName || column.value !== undefined;
  return (
    <th
      scope="col"
      data-left={isName || column.left === true}
      title={title}
      aria-sort={!sorts ? undefined : on ? (rising ? "ascending" : "descending") : "none"}
    >
      {sorts ? (
        <button type="button" className={styles.sort} onClick={() => onOrder(key, on ? !up : false)}>
          {label}
          <Arrow size={13} aria-hidden style={{ visibility: on ? "visible" : "hidden" }} />
        </button>
      ) : (
        <span className={styles.fixed}>{label}</span>
      )}
    </th>
  );
}

/** A long table that its heads order; only the rows in view are drawn, so 5,000 are no more work than 50. */
export function DataTable<Row>(props: Props<Row>) {
  const { label, name, columns, rows: all, idOf, up, height, rowProps, nothing } = props;
  const sorter = columns.find(({ key, value }) => key === props.order && value !== undefined);
  const order = sorter?.key ?? name.key;
  const rows = useMemo(
    () => orderRows(all, name.of, sorter?.value ?? null, up),
    // What names and values are does not change with the functions that tell them.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [all, order, up],
  );
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 10,
  });
  const shown = virtual.getVirtualItems();
  const heads = [name, ...columns];
  return (
    <div
      ref={scroller}
      className={styles.scroller}
      style={{ height: Math.min(height, HEAD_PX + ROW_PX * Math.max(2, rows.length)) }}
      role="region"
      aria-label={label}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, by keys as well
      tabIndex={0}
    >
      <table className={styles.table} aria-rowcount={rows.length + 1}>
        <colgroup>
          {heads.map(({ key, width }) => (
            <col key={key} style={{ width }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            {heads.map((column, at) => (
              <Head key={column.key} column={column} isName={at === 0} {...props} order={order} />
            ))}
          </tr>
        </thead>
        <tbody>
          <Gap columns={heads.length} px={shown[0]?.start ?? 0} />
          {shown.map(({ index }) => {
            const row = rows[index];
            return (
              row !== undefined && (
                <tr key={idOf(row)} {...rowProps?.(row)}>
                  <th scope="row">{name.cell(row)}</th>
                  {columns.map((column) => (
                    <td key={column.key} data-column={column.key} data-left={column.left === true}>
                      {column.cell(row)}
                    </td>
                  ))}
                </tr>
              )
            );
          })}
          <Gap columns={heads.length} px={virtual.getTotalSize() - (shown.at(-1)?.end ?? 0)} />
        </tbody>
      </table>
      {rows.length === 0 && nothing !== undefined && <p className={styles.nothing}>{nothing}</p>}
    </div>
  );
}

/** A class in a table: its colour and its name. */
export function ClassLabel({ color, name, children }: { color: string; name: string; children?: ReactNode }) {
  return (
    <span className={styles.label}>
      <span className="dot" style={{ background: color }} aria-hidden />
      <span className="truncate" title={name}>
        {name}
      </span>
      {children}
    </span>
  );
}
