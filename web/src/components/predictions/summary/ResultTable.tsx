import { formatCount } from "../../../state/format";
import { allOf } from "../../../state/queryText";
import type { PredictionsSearch, ResultOrder } from "../../../state/predictionsSearch";
import { DataTable } from "../../ui/DataTable";
import { CountLink } from "../../ui/CountLink";
import type { Column } from "./resultColumns";
import styles from "./ResultTable.module.css";
import { formatScore } from "../../../state/scores";

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

interface ValueProps<R> extends Pick<Props<R>, "project" | "search" | "onChoose"> {
  column: Column<R>;
  row: R;
}

function Value<R extends ResultRow>({ column, project, search, row, onChoose }: ValueProps<R>) {
  const value = column.value(row);
  if (column.bar !== undefined) {
    return (
      <span className={styles.share} data-bar={column.bar}>
        <button
          type="button"
          className={styles.track}
          tabIndex={-1}
          aria-hidden
          onClick={() => onChoose(row.class)}
        >
          <i style={{ width: `${(value ?? 0) * 100}%` }} />
        </button>
        <span>{formatScore(value)}</span>
      </span>
    );
  }
  if (column.items === undefined) return formatScore(value);
  const items = column.items(row);
  const count = value ?? 0;
  if (items === null) return formatCount(count);
  return (
    <CountLink
      project={project}
      search={search}
      items={{ scope: items.scope, query: allOf([items.query, row.query]), count }}
      what={`${items.what} of ${row.class}`}
    >
      {formatCount(count)}
    </CountLink>
  );
}

/** Every class with its results, shares as bars. */
export function ResultTable<R extends ResultRow>(props: Props<R>) {
  const { project, search, columns, rows, height, isolated, isChosen, onOrder, onChoose, onIsolate } = props;
  const keys = columns.map(({ key }) => key);
  const order = search.order === "name" || keys.includes(search.order) ? search.order : keys.at(-1);
  return (
    <DataTable<R>
      label="Table of results by class"
      name={{
        key: "name",
        label: "Class",
        width: "21%",
        of: (row) => row.class,
        cell: (row) => (
          <button
            type="button"
            className={styles.name}
            aria-pressed={isChosen(row.class)}
            title={isChosen(row.class) ? "Evaluate all classes again" : `Evaluate ${row.class} alone`}
            onClick={() => onChoose(row.class)}
          >
            <span className="dot" style={{ background: row.color }} aria-hidden />
            <span className="truncate">{row.class}</span>
          </button>
        ),
      }}
      columns={columns.map((column) => ({
        key: column.key,
        label: column.label,
        title: column.title,
        width: column.width,
        left: column.bar !== undefined,
        value: column.value,
        cell: (row) => (
          <Value column={column} project={project} search={search} row={row} onChoose={onChoose} />
        ),
      }))}
      rows={rows}
      idOf={(row) => row.class_row}
      order={order ?? "name"}
      up={search.up}
      onOrder={(key, up) => onOrder(keys.find((each) => each === key) ?? "name", up)}
      height={height}
      rowProps={(row) => ({
        "data-on": isolated === row.class,
        onPointerEnter: () => onIsolate?.(row.class),
        onPointerLeave: () => onIsolate?.(null),
        onFocus: () => onIsolate?.(row.class),
        onBlur: () => onIsolate?.(null),
      })}
    />
  );
}
