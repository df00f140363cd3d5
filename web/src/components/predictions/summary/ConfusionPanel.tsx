import { useMemo, useState } from "react";
import type { ConfusionMatrix } from "../../../api/client";
import { formatCount, formatCounted, formatPercent } from "../../../state/format";
import type { PredictionsSearch } from "../../../state/predictionsSearch";
import type { Area } from "../../charts/area";
import { BarList } from "../../charts/BarList";
import type { HeatCell } from "../../charts/HeatMap";
import { NamedHeatMap } from "../../charts/NamedHeatMap";
import { Empty } from "../../ui/Panel";
import {
  cutToConfused,
  cutToMost,
  describeCell,
  hasBackground,
  itemsOfCell,
  mostConfused,
  pairText,
  rowTotals,
  toneOf,
} from "./confusion";
import styles from "./ConfusionPanel.module.css";
import { CountLink } from "../../ui/CountLink";

const MOST_CLASSES = 100;
const MOST_PAIRS = 14;
const WIDEST_PX = 44;

const isPlace = (): boolean => true;

/** What is found green, missed amber, taken for something else vermilion; the more of the row, the stronger. */
function cellsOf({ classes, matrix }: ConfusionMatrix): HeatCell[] {
  const totals = rowTotals(matrix);
  return matrix.flatMap((found, row) =>
    found.flatMap((count, column) =>
      count === 0
        ? []
        : [
            {
              row,
              column,
              count,
              share: count / Math.max(1, totals[row] ?? 0),
              tone: toneOf(classes.length, row, column),
            },
          ],
    ),
  );
}

interface Props {
  project: string;
  search: PredictionsSearch;
  confusion: ConfusionMatrix;
  height: number;
}

/** Which classes are taken for which: the matrix, with background for detections, and its strongest confusions as a list. */
export function Confusion({ project, search, confusion, height }: Props) {
  const [area, setArea] = useState<Area | null>(null);
  const [all, setAll] = useState(false);
  const confused = useMemo(() => cutToConfused(confusion), [confusion]);
  const data = useMemo(() => cutToMost(all ? confusion : confused, MOST_CLASSES), [confusion, confused, all]);
  const pairs = useMemo(() => mostConfused(data, MOST_PAIRS), [data]);
  const whole = hasBackground(data);
  const most = Math.max(1, ...pairs.map((pair) => pair.count));
  const cells = useMemo(() => cellsOf(data), [data]);
  const here = area !== null && area.first.row < data.matrix.length ? area.first : null;
  if (data.classes.length === 0) {
    return <Empty height={height}>Nothing is annotated or predicted here at this confidence.</Empty>;
  }
  const hidden = data.left_out;
  const names = whole ? [...data.classes, "background"] : data.classes;
  const label = whole ? "Annotated" : "Labelled";
  return (
    <div className={styles.place}>
      <div className={styles.confusion}>
        <div className={styles.matrix}>
          <NamedHeatMap
            project={project}
            search={search}
            kind="confusion matrix"
            label={`${label} class by predicted class. Arrow keys move over the cells, which are told below; Enter shows the items of one.`}
            corner={`${label.toLowerCase()} ↓\npredicted →`}
            rowNames={names}
            columnNames={names}
            widest={WIDEST_PX}
            maxHeight={height}
            pinned={
              whole
                ? {
                    column: "Missed annotations by class. Arrow keys move, Enter shows them.",
                    row: "Predictions where nothing is annotated, by class. Arrow keys move, Enter shows them.",
                  }
                : undefined
            }
            cells={cells}
            isPlace={isPlace}
            area={here === null ? null : area}
            onArea={setArea}
            what={here === null ? "" : pairText(data, here.row, here.column)}
            items={
              here === null
                ? { count: 0, scope: "prediction", query: "" }
                : itemsOfCell(data, here.row, here.column)
            }
          />
          <p className={styles.caption} role="status">
            {here !== null
              ? `${describeCell(data, here.row, here.column)}${
                  itemsOfCell(data, here.row, here.column).count > 0 ? " · click shows them" : ""
                }`
              : `A row is what is ${whole ? "annotated" : "labelled"}, a column what is predicted there; the stronger, the more of the row${
                  hidden > 0
                    ? ` · ${formatCounted(hidden, "class", "classes")} that ${all ? "are rarer" : "are never confused"} left out`
                    : ""
                }`}
          </p>
        </div>
        <div className={styles.side}>
          <h3>Most often confused</h3>
          {pairs.length === 0 ? (
            <Empty>No class is taken for another at these thresholds.</Empty>
          ) : (
            <BarList
              label="Most confused classes"
              labels="wide"
              bars={pairs.map((pair) => ({
                key: pairText(data, pair.row, pair.column),
                label: (
                  <span className="truncate">
                    {data.classes[pair.row]} <span className="muted">{whole ? "taken for" : "→"}</span>{" "}
                    {data.classes[pair.column]}
                  </span>
                ),
                stretches: [{ from: 0, to: pair.count / most, tone: "fp" }],
                values: [{ text: formatCount(pair.count) }, { text: formatPercent(pair.share), pale: true }],
                link: (inside) => (
                  <CountLink
                    project={project}
                    search={search}
                    items={itemsOfCell(data, pair.row, pair.column)}
                    what={pairText(data, pair.row, pair.column)}
                    {...inside}
                  />
                ),
                onPoint: (on) => setArea(on ? { first: pair, last: pair } : null),
              }))}
            />
          )}
          {confused !== confusion && (
            <button
              type="button"
              className={`btn ${styles.all ?? ""}`}
              aria-pressed={all}
              onClick={() => setAll(!all)}
            >
              {all ? "Confused classes only" : `All ${formatCount(confusion.classes.length)} classes`}
            </button>
          )}
          <div className={styles.legend}>
            <span>
              <i data-tone="tp" /> {whole ? "found" : "correct"}
            </span>
            <span>
              <i data-tone="fp" /> {whole ? "confused, or nothing there" : "misclassified"}
            </span>
            {whole && (
              <span>
                <i data-tone="fn" /> missed
              </span>
            )}
          </div>
        </div>
      </div>
    </div>
  );
}
