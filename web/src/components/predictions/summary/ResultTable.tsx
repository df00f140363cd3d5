import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { useMemo } from "react";
import { formatCount } from "../../../state/format";
import { allOf } from "../../../state/queryText";
import type { PredictionsSearch, ResultOrder } from "../../../state/predictionsSearch";
import { Gap } from "../../ui/Gap";
import { useWindowedRows } from "../../ui/useWindowedRows";
import { JudgedLink } from "../../ui/JudgedLink";
import type { Column } from "./resultColumns";
import { orderResults } from "./resultOrder";
import styles from "./ResultTable.module.css";
import { formatScore } from "../../../state/scores";

const ROW_PX = 26;
const HEAD_PX = 27;

/** A class, and what finds its items. */
interface ResultRow {
  class_row: number;
  class: string;
  color: string;
  query: string;
}

interface Props<R> {
  project: string;
  search: PredictionsSearch;
  /** What is shown beside the names; the last one orders where the address asks for one that is not there. */
  columns: readonly Column<R>[];
  rows: readonly R[];
  height: number;
  /** Class whose curve is shown alone. */
  isolated?: string | null;
  isChosen: (name: string) => boolean;
  onOrder: (order: ResultOrder, up: boolean) => void;
  onChoose: (name: string) => void;
  onIsolate?: (name: string | null) => void;
}

interface RowProps<R> extends Pick<Props<R>, "project" | "search" | "columns"> {
  row: R;
  isolated: boolean;
  chosen: boolean;
  onChoose: () => void;
  onIsolate: (on: boolean) => void;
}

function Value<R extends ResultRow>({
  column,
  project,
  search,
  row,
  onChoose,
}: RowProps<R> & { column: Column<R> }) {
  const value = column.value(row);
  const { bar } = column;
  if (bar !== undefined) {
    return (
      <td data-column={column.key} data-bar={bar}>
        <button type="button" className={styles.track} tabIndex={-1} aria-hidden onClick={onChoose}>
          <i style={{ width: `${(value ?? 0) * 100}%` }} />
        </button>
        <span>{formatScore(value)}</span>
      </td>
    );
  }
  if (column.items === undefined) return <td>{formatScore(value)}</td>;
  const items = column.items(row);
  const count = value ?? 0;
  return (
    <td>
      {items === null ? (
        formatCount(count)
      ) : (
        <JudgedLink
          project={project}
          search={search}
          items={{ scope: items.scope, query: allOf([items.query, row.query]), count }}
          what={`${items.what} of ${row.class}`}
        >
          {formatCount(count)}
        </JudgedLink>
      )}
    </td>
  );
}

function Row<R extends ResultRow>(props: RowProps<R>) {
  const { row, columns, isolated, chosen, onChoose, onIsolate } = props;
  const name = row.class;
  return (
    <tr
      data-on={isolated}
      onPointerEnter={() => onIsolate(true)}
      onPointerLeave={() => onIsolate(false)}
      onFocus={() => onIsolate(true)}
      onBlur={() => onIsolate(false)}
    >
      <th scope="row">
        <button
          type="button"
          className={styles.name}
          aria-pressed={chosen}
          title={chosen ? `Evaluate all classes again` : `Evaluate ${name} alone`}
          onClick={onChoose}
        >
          <span className="dot" style={{ background: row.color }} aria-hidden />
          <span className="truncate">{name}</span>
        </button>
      </th>
      {columns.map((column) => (
        <Value key={column.key} {...props} column={column} />
      ))}
    </tr>
  );
}

/** Every class with its results, shares as bars; only the rows in view are drawn. */
export function ResultTable<R extends ResultRow>(props: Props<R>) {
  const { project, search, columns, rows: all, height, isolated, isChosen } = props;
  const { onOrder, onChoose, onIsolate } = props;
  const { order, up } = search;
  const sorter =
    order === "name" ? null : (columns.find(({ key }) => key === order) ?? columns.at(-1) ?? null);
  const rows = useMemo(() => orderResults(all, sorter?.value ?? null, up), [all, sorter, up]);
  const { scroller, indices, above, below } = useWindowedRows(rows.length, ROW_PX);
  const heads = [{ key: "name" as const, label: "Class", title: undefined, bar: undefined }, ...columns];
  return (
    <div
      ref={scroller}
      className={styles.scroller}
      style={{ height: Math.min(height, HEAD_PX + ROW_PX * Math.max(2, rows.length)) }}
      role="region"
      aria-label="Table of results by class"
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, by keys as well
      tabIndex={0}
    >
      <table className={styles.table} aria-rowcount={rows.length + 1}>
        <colgroup>
          <col className={styles.names} />
          {columns.map(({ key, width }) => (
            <col key={key} style={{ width }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            {heads.map(({ key, label, title, bar }) => {
              const on = key === (sorter?.key ?? "name");
              const rising = (key === "name") !== up;
              const Arrow = rising ? IconArrowUp : IconArrowDown;
              return (
                <th
                  key={key}
                  scope="col"
                  data-left={key === "name" || bar !== undefined}
                  title={title}
                  aria-sort={on ? (rising ? "ascending" : "descending") : "none"}
                >
                  <button
                    type="button"
                    className={styles.sort}
                    onClick={() => onOrder(key, on ? !up : false)}
                  >
                    {label}
                    <Arrow size={13} aria-hidden style={{ visibility: on ? "visible" : "hidden" }} />
                  </button>
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          <Gap columns={heads.length} px={above} />
          {indices.map((index) => {
            const row = rows[index];
            return (
              row && (
                <Row
                  key={row.class_row}
                  project={project}
                  search={search}
                  columns={columns}
                  row={row}
                  isolated={isolated === row.class}
                  chosen={isChosen(row.class)}
                  onChoose={() => onChoose(row.class)}
                  onIsolate={(on) => onIsolate?.(on ? row.class : null)}
                />
              )
            );
          })}
          <Gap columns={heads.length} px={below} />
        </tbody>
      </table>
    </div>
  );
}
