import { useVirtualizer } from "@tanstack/react-virtual";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { useMemo, useRef } from "react";
import type { ClassResult, Evaluation } from "../../api/client";
import { formatCount } from "../../state/format";
import { allOf } from "../../state/queryText";
import type { PredictionsSearch, ResultOrder } from "../../state/predictionsSearch";
import { JudgedLink } from "./JudgedLink";
import { orderResults } from "./resultOrder";
import styles from "./ResultTable.module.css";
import { formatScore } from "./scores";

const ROW_PX = 26;
const HEAD_PX = 27;

const COLUMNS: [ResultOrder, string, string?][] = [
  ["name", "Class"],
  ["ap", "AP", "Average precision at the IoU threshold"],
  ["ar", "AR", "Greatest recall at the IoU threshold"],
  ["tp", "TP", "True positives"],
  ["fp", "FP", "False positives"],
  ["fn", "FN", "False negatives"],
  ["f1", "F1", "At the confidence"],
  ["annotations", "Annotations"],
];

interface Props {
  project: string;
  search: PredictionsSearch;
  /** What finds the items behind the columns of counts, of all classes. */
  foundBy: Evaluation["found_by"];
  rows: readonly ClassResult[];
  order: ResultOrder;
  up: boolean;
  height: number;
  /** Class whose curve is shown alone. */
  isolated: string | null;
  isChosen: (name: string) => boolean;
  onOrder: (order: ResultOrder, up: boolean) => void;
  onChoose: (name: string) => void;
  onIsolate: (name: string | null) => void;
}

interface RowProps extends Pick<Props, "project" | "search" | "foundBy"> {
  row: ClassResult;
  isolated: boolean;
  chosen: boolean;
  onChoose: () => void;
  onIsolate: (on: boolean) => void;
}

function Bar({ value, kind, onChoose }: { value: number | null; kind: "ap" | "ar"; onChoose: () => void }) {
  return (
    <td data-column={kind}>
      <button type="button" className={styles.track} tabIndex={-1} aria-hidden onClick={onChoose}>
        <i style={{ width: `${(value ?? 0) * 100}%` }} />
      </button>
      <span>{formatScore(value)}</span>
    </td>
  );
}

const MEANINGS = {
  tp: "Right predictions",
  fp: "Wrong predictions",
  fn: "Missed annotations",
  annotations: "Annotations",
} as const;

function Count({ column, ...props }: RowProps & { column: keyof typeof MEANINGS }) {
  const { project, search, foundBy, row } = props;
  const found = foundBy[column];
  const count = row[column];
  return (
    <td>
      {found === undefined ? (
        formatCount(count)
      ) : (
        <JudgedLink
          project={project}
          search={search}
          items={{ scope: found.scope, query: allOf([found.query, row.query]), count }}
          what={`${MEANINGS[column]} of ${row.class}`}
        >
          {formatCount(count)}
        </JudgedLink>
      )}
    </td>
  );
}

function Row(props: RowProps) {
  const { row, isolated, chosen, onChoose, onIsolate } = props;
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
      <Bar value={row.ap} kind="ap" onChoose={onChoose} />
      <Bar value={row.ar} kind="ar" onChoose={onChoose} />
      <Count {...props} column="tp" />
      <Count {...props} column="fp" />
      <Count {...props} column="fn" />
      <td>{formatScore(row.f1)}</td>
      <Count {...props} column="annotations" />
    </tr>
  );
}

/** Every class with its AP and AR as bars; only the rows in view are drawn. */
export function ResultTable(props: Props) {
  const {
    project,
    search,
    foundBy,
    rows: all,
    order,
    up,
    height,
    isolated,
    isChosen,
    onOrder,
    onChoose,
    onIsolate,
  } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => orderResults(all, order, up), [all, order, up]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 10,
  });
  const shown = virtual.getVirtualItems();
  const above = shown[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (shown.at(-1)?.end ?? 0);
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
          {COLUMNS.map(([column]) => (
            <col key={column} data-column={column} />
          ))}
        </colgroup>
        <thead>
          <tr>
            {COLUMNS.map(([column, label, title]) => {
              const on = column === order;
              const rising = (column === "name") !== up;
              const Arrow = rising ? IconArrowUp : IconArrowDown;
              return (
                <th
                  key={column}
                  scope="col"
                  data-column={column}
                  title={title}
                  aria-sort={on ? (rising ? "ascending" : "descending") : "none"}
                >
                  <button
                    type="button"
                    className={styles.sort}
                    onClick={() => onOrder(column, on ? !up : false)}
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
          {above > 0 && (
            <tr aria-hidden>
              <td colSpan={COLUMNS.length} style={{ height: above }} />
            </tr>
          )}
          {shown.map(({ index }) => {
            const row = rows[index];
            return (
              row && (
                <Row
                  key={row.class_row}
                  project={project}
                  search={search}
                  foundBy={foundBy}
                  row={row}
                  isolated={isolated === row.class}
                  chosen={isChosen(row.class)}
                  onChoose={() => onChoose(row.class)}
                  onIsolate={(on) => onIsolate(on ? row.class : null)}
                />
              )
            );
          })}
          {below > 0 && (
            <tr aria-hidden>
              <td colSpan={COLUMNS.length} style={{ height: below }} />
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}
