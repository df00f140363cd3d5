import { useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import type { ConfusionMatrix } from "../../../api/client";
import { formatCount, formatCounted, formatPercent } from "../../../state/format";
import { itemsTarget, type PredictionsSearch } from "../../../state/predictionsSearch";
import { useTheme } from "../../../state/theme";
import { readTokens } from "../../charts/tokens";
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
const LEAST_CELL_PX = 14;
const MOST_CELL_PX = 44;
const NAMES_PX = 118;
const COLUMN_NAMES_PX = 96;
/** From this size on, a cell has room for its number. */
const NUMBERED_PX = 30;
const FAINTEST = 0.1;

interface Place {
  row: number;
  column: number;
}

function useWidth() {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (element.current === null) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return { element, width };
}

/** The cells: found green, missed amber, taken for something else vermilion; the more of the row, the stronger. */
function Cells({ data, cell }: { data: ConfusionMatrix; cell: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  const [size, count] = [data.classes.length, data.matrix.length];
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const tokens = readTokens(theme);
    const scale = window.devicePixelRatio;
    const side = count * cell;
    context.canvas.width = Math.round(side * scale);
    context.canvas.height = Math.round(side * scale);
    context.scale(scale, scale);
    context.font = `11px ${tokens.font}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    const totals = rowTotals(data.matrix);
    data.matrix.forEach((row, y) =>
      row.forEach((found, x) => {
        const share = found / Math.max(1, totals[y] ?? 0);
        context.globalAlpha = 1;
        context.fillStyle = tokens.empty;
        context.fillRect(x * cell, y * cell, cell - 1, cell - 1);
        if (found === 0) return;
        const strength = FAINTEST + (1 - FAINTEST) * Math.sqrt(share);
        context.globalAlpha = strength;
        context.fillStyle = tokens[toneOf(size, y, x)];
        context.fillRect(x * cell, y * cell, cell - 1, cell - 1);
        if (cell < NUMBERED_PX) return;
        context.globalAlpha = 1;
        context.fillStyle = strength > 0.6 ? tokens.panel : tokens.text;
        context.fillText(formatCount(found), (x + 0.5) * cell, (y + 0.5) * cell);
      }),
    );
  }, [data, cell, size, count, theme]);
  const side = count * cell;
  return <canvas ref={canvas} style={{ width: side, height: side }} aria-hidden />;
}

const MOVES: Record<string, [number, number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Scroll so that a cell is seen beside the names of its row and column, which stay in place. */
function showCell(scroller: HTMLElement, { row, column }: Place, cell: number): void {
  const [left, top] = [column * cell, row * cell];
  const [wide, high] = [
    scroller.clientWidth - NAMES_PX - cell,
    scroller.clientHeight - COLUMN_NAMES_PX - cell,
  ];
  scroller.scrollLeft = Math.min(left, Math.max(scroller.scrollLeft, left - wide));
  scroller.scrollTop = Math.min(top, Math.max(scroller.scrollTop, top - high));
}

interface MapProps {
  data: ConfusionMatrix;
  height: number;
  active: Place | null;
  onActive: (place: Place | null) => void;
  onOpen: (place: Place) => void;
}

function HeatMap({ data, height, active, onActive, onOpen }: MapProps) {
  const { element, width } = useWidth();
  const whole = hasBackground(data);
  const names = whole ? [...data.classes, "background"] : data.classes;
  const room = Math.floor((width - NAMES_PX - 12) / names.length);
  const cell = Math.min(MOST_CELL_PX, Math.max(LEAST_CELL_PX, room));
  const columns = { gridTemplateColumns: `repeat(${names.length}, ${cell}px)` };
  const move = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && active !== null) {
      event.preventDefault();
      onOpen(active);
      return;
    }
    const step = MOVES[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const from = active ?? { row: 0, column: 0 };
    const hold = (at: number): number => Math.min(names.length - 1, Math.max(0, at));
    const to = { row: hold(from.row + step[0]), column: hold(from.column + step[1]) };
    if (element.current !== null) showCell(element.current, to, cell);
    onActive(to);
  };
  return (
    <div ref={element} className={styles.scroller} style={{ maxHeight: height }}>
      {width > 0 && (
        <div className={styles.map}>
          <span className={styles.corner}>
            {whole ? "annotated" : "labelled"} <span>predicted</span>
          </span>
          <div className={styles.columnNames} style={{ ...columns, height: COLUMN_NAMES_PX }}>
            {names.map((name, at) => (
              <span key={name} data-on={active?.column === at} data-background={at === data.classes.length}>
                <span title={name}>{name}</span>
              </span>
            ))}
          </div>
          <div className={styles.rowNames} style={{ gridAutoRows: cell }}>
            {names.map((name, at) => (
              <span
                key={name}
                className="truncate"
                title={name}
                style={{ lineHeight: `${cell}px` }}
                data-on={active?.row === at}
                data-background={at === data.classes.length}
              >
                {name}
              </span>
            ))}
          </div>
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- a drawing that is worked like a map */}
          <div
            className={styles.cells}
            role="application"
            aria-roledescription="confusion matrix"
            aria-label={`${whole ? "Annotated" : "Labelled"} class by predicted class. Arrow keys move over the cells, which are told below; Enter shows the items of one.`}
            // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it is worked by keys
            tabIndex={0}
            onKeyDown={move}
            onBlur={() => onActive(null)}
            onPointerLeave={() => onActive(null)}
            onClick={() => active !== null && onOpen(active)}
            data-opens={active !== null && itemsOfCell(data, active.row, active.column).count > 0}
            onPointerMove={(event) => {
              const box = event.currentTarget.getBoundingClientRect();
              const hold = (px: number): number =>
                Math.min(names.length - 1, Math.max(0, Math.floor(px / cell)));
              const place = { row: hold(event.clientY - box.top), column: hold(event.clientX - box.left) };
              if (place.row !== active?.row || place.column !== active.column) onActive(place);
            }}
          >
            <Cells data={data} cell={cell} />
            {active !== null && (
              <i
                className={styles.active}
                style={{
                  left: active.column * cell - 1,
                  top: active.row * cell - 1,
                  width: cell + 1,
                  height: cell + 1,
                }}
              />
            )}
          </div>
        </div>
      )}
    </div>
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
  const navigate = useNavigate();
  const [active, setActive] = useState<Place | null>(null);
  const [all, setAll] = useState(false);
  const confused = useMemo(() => cutToConfused(confusion), [confusion]);
  const data = useMemo(() => cutToMost(all ? confusion : confused, MOST_CLASSES), [confusion, confused, all]);
  const pairs = useMemo(() => mostConfused(data, MOST_PAIRS), [data]);
  const whole = hasBackground(data);
  const most = Math.max(1, ...pairs.map((pair) => pair.count));
  const here = active !== null && active.row < data.matrix.length ? active : null;
  if (data.classes.length === 0) {
    return <Empty height={height}>Nothing is annotated or predicted here at this confidence.</Empty>;
  }
  const hidden = data.left_out;
  const open = ({ row, column }: Place): void => {
    const items = itemsOfCell(data, row, column);
    if (items.count === 0) return;
    void navigate({
      to: "/p/$project/predictions/$part",
      params: { project, part: "explorer" },
      search: itemsTarget(search, items),
    });
  };
  return (
    <div className={styles.place}>
      <div className={styles.confusion}>
        <div className={styles.matrix}>
          <HeatMap data={data} height={height} active={here} onActive={setActive} onOpen={open} />
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
            <ol className={styles.pairs} aria-label="Most confused classes">
              {pairs.map((pair) => {
                const [annotated, predicted] = [
                  data.classes[pair.row] ?? "",
                  data.classes[pair.column] ?? "",
                ];
                return (
                  <li
                    key={`${annotated} ${predicted}`}
                    onPointerEnter={() => setActive(pair)}
                    onPointerLeave={() => setActive(null)}
                  >
                    <CountLink
                      project={project}
                      search={search}
                      items={itemsOfCell(data, pair.row, pair.column)}
                      what={pairText(data, pair.row, pair.column)}
                      className={styles.pair}
                    >
                      <span className="truncate">
                        {annotated} <span className="muted">{whole ? "taken for" : "→"}</span> {predicted}
                      </span>
                      <span className={styles.pairTrack}>
                        <i style={{ width: `${(pair.count / most) * 100}%` }} />
                      </span>
                      <span className={styles.pairCount}>{formatCount(pair.count)}</span>
                      <span className={styles.pairShare}>{formatPercent(pair.share)}</span>
                    </CountLink>
                  </li>
                );
              })}
            </ol>
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
