import { useMemo } from "react";
import type { ClassIntervals } from "../../../api/client";
import { formatCount } from "../../../state/format";
import { allOf } from "../../../state/queryText";
import type { PredictionsSearch, ResultOrder } from "../../../state/predictionsSearch";
import { DataTable } from "../../ui/DataTable";
import { CountLink } from "../../ui/CountLink";
import type { Column } from "./resultColumns";
import styles from "./ResultTable.module.css";
import { describeInterval, formatScore, NO_INTERVAL } from "../../../state/scores";

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
  /** How sure the numbers of each class are; absent: not known yet. */
  intervals: readonly ClassIntervals[] | undefined;
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
  /** Null: of too few objects; undefined: not known. */
  interval: readonly number[] | null | undefined;
}

const percent = (share: number): string => `${(share * 100).toFixed(2)}%`;

/** From where to where the number may lie, over its bar. */
function Ends({ interval }: { interval: readonly number[] | null | undefined }) {
  const [low, high] = interval ?? [];
  if (low === undefined || high === undefined) return null;
  return <b className={styles.ends} style={{ left: percent(low), width: percent(high - low) }} />;
}

function Value<R extends ResultRow>({ column, project, search, row, interval, onChoose }: ValueProps<R>) {
  const value = column.value(row);
  if (column.bar !== undefined) {
    return (
      <span
        className={styles.share}
        data-bar={column.bar}
        title={interval === null && value !== null ? NO_INTERVAL : describeInterval(interval, value)}
      >
        <button
          type="button"
          className={styles.track}
          tabIndex={-1}
          aria-hidden
          onClick={() => onChoose(row.class)}
        >
          <i style={{ width: `${(value ?? 0) * 100}%` }} />
          <Ends interval={interval} />
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
  const {
    project,
    search,
    columns,
    rows,
    intervals,
    height,
    isolated,
    isChosen,
    onOrder,
    onChoose,
    onIsolate,
  } = props;
  const known = useMemo(
    () => new Map((intervals ?? []).map((each) => [each.class_row, each.intervals])),
    [intervals],
  );
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
          <Value
            column={column}
            project={project}
            search={search}
            row={row}
            interval={known.get(row.class_row)?.[column.key]}
            onChoose={onChoose}
          />
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
