import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { formatCount } from "../../state/format";
import type { Items } from "../../state/links";
import type { PredictionsSearch } from "../../state/predictionsSearch";
import { useTheme } from "../../state/theme";
import { CountLink } from "../ui/CountLink";
import { areaBetween, boundsOf, cellAt, isSingle, MOVES, type Area, type Cell } from "./area";
import styles from "./HeatMap.module.css";
import { readTokens, type Tokens } from "./tokens";

export interface HeatCell extends Cell {
  /** 0..1 on the scale of the strongest; drawn by its square root, so that the few are told from none. */
  share: number;
  tone: keyof Tokens;
  /** Written on it where there is room. */
  count: number;
}

export interface HeatMapProps {
  project: string;
  /** The evaluation that the items are of; absent: they are shown in the Explorer. */
  search?: PredictionsSearch;
  sort?: string;
  /** What it shows and how it is worked, for screen readers. */
  label: string;
  kind: string;
  columns: number;
  rows: number;
  /** Those that stand for items. */
  cells: readonly HeatCell[];
  /** Whether the empty ones are drawn as well, with room between them all; absent: none is. */
  isPlace?: (cell: Cell) => boolean;
  /** Whether a rectangle can be drawn, with the pointer or with Shift and the arrow keys. */
  widens?: boolean;
  /** What is pointed at; null: nothing. */
  area: Area | null;
  onArea: (area: Area | null) => void;
  /** What the area stands for, in words and as items. */
  what: string;
  items: Items;
  /** Told of the cell that keys have reached. */
  onReach?: (cell: Cell) => void;
}

const FAINTEST = 0.12;
/** From this side on, a cell has room for its number. */
const NUMBERED_PX = 30;

function useSize() {
  const element = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    if (element.current === null) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setSize({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return { element, ...size };
}

type Drawn = Pick<HeatMapProps, "columns" | "rows" | "cells" | "isPlace"> & { width: number; height: number };

function draw(context: CanvasRenderingContext2D, drawn: Drawn, tokens: Tokens): void {
  const { columns, rows, cells, isPlace, width, height } = drawn;
  const gap = isPlace === undefined ? 0 : 1;
  const fill = ({ column, row }: Cell): void => {
    const [left, right] = [column, column + 1].map((at) => Math.round((at * width) / columns));
    const [top, bottom] = [row, row + 1].map((at) => Math.round((at * height) / rows));
    context.fillRect(left ?? 0, top ?? 0, (right ?? 0) - (left ?? 0) - gap, (bottom ?? 0) - (top ?? 0) - gap);
  };
  if (isPlace !== undefined) {
    const full = new Set(cells.map(({ column, row }) => row * columns + column));
    context.fillStyle = tokens.empty;
    for (let row = 0; row < rows; row += 1)
      for (let column = 0; column < columns; column += 1)
        if (!full.has(row * columns + column) && isPlace({ column, row })) fill({ column, row });
  }
  context.font = `11px ${tokens.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const numbered = width / columns >= NUMBERED_PX && height / rows >= NUMBERED_PX;
  for (const cell of cells) {
    const strength = FAINTEST + (1 - FAINTEST) * Math.sqrt(cell.share);
    context.globalAlpha = strength;
    context.fillStyle = tokens[cell.tone];
    fill(cell);
    if (!numbered) continue;
    context.globalAlpha = 1;
    context.fillStyle = strength > 0.6 ? tokens.panel : tokens.text;
    const [x, y] = [((cell.column + 0.5) * width) / columns, ((cell.row + 0.5) * height) / rows];
    context.fillText(formatCount(cell.count), x, y);
  }
}

function Cells({ columns, rows, cells, isPlace, width, height }: Drawn) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const scale = window.devicePixelRatio;
    context.canvas.width = Math.round(width * scale);
    context.canvas.height = Math.round(height * scale);
    context.scale(scale, scale);
    draw(context, { columns, rows, cells, isPlace, width, height }, readTokens(theme));
  }, [columns, rows, cells, isPlace, width, height, theme]);
  return <canvas ref={canvas} style={{ width, height }} aria-hidden />;
}

/** Cells that are the stronger the more they stand for; what is pointed at is a link to exactly its items. */
export function HeatMap(props: HeatMapProps) {
  const { project, search, sort, label, kind, columns, rows, cells, isPlace, widens = false } = props;
  const { area, onArea, what, items, onReach } = props;
  const { element, width, height } = useSize();
  const link = useRef<HTMLAnchorElement>(null);
  // A rectangle is drawn from its anchor to its head.
  const anchor = useRef<Cell | null>(null);
  const head = useRef<Cell | null>(null);
  const isDown = useRef(false);

  const show = (from: Cell, to: Cell): void => {
    anchor.current = from;
    head.current = to;
    const next = areaBetween(from, to);
    if (area === null || JSON.stringify(next) !== JSON.stringify(area)) onArea(next);
  };
  const leave = (): void => {
    anchor.current = null;
    head.current = null;
    isDown.current = false;
    onArea(null);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = head.current;
    if (event.key === "Enter" && event.target === event.currentTarget) link.current?.click();
    if (event.key === "Escape" && at !== null) show(at, at);
    const step = MOVES[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const from = at ?? cells[0] ?? { column: 0, row: 0 };
    const to = {
      column: Math.min(columns - 1, Math.max(0, from.column + step.column)),
      row: Math.min(rows - 1, Math.max(0, from.row + step.row)),
    };
    const next = isPlace === undefined || isPlace(to) ? to : from;
    show(widens && event.shiftKey ? (anchor.current ?? from) : next, next);
    onReach?.(next);
  };
  const onPointerMove = (event: PointerEvent): void => {
    const to = cellAt(event.currentTarget.getBoundingClientRect(), event, columns, rows);
    if (isPlace !== undefined && !isPlace(to)) {
      leave();
      return;
    }
    const from = isDown.current ? (anchor.current ?? to) : to;
    if (isDown.current && !isSingle(areaBetween(from, to))) {
      event.currentTarget.setPointerCapture(event.pointerId);
    }
    show(from, to);
  };
  const bounds = area === null ? null : boundsOf(area, columns, rows);
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- a drawing that is worked like a map
    <div
      ref={element}
      className={styles.map}
      role="application"
      aria-roledescription={kind}
      aria-label={label}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it is worked by keys
      tabIndex={0}
      onKeyDown={onKeyDown}
      onBlur={leave}
      onPointerDown={(event) => {
        if (event.button === 0 && widens) isDown.current = true;
      }}
      onPointerMove={onPointerMove}
      onPointerUp={() => {
        // A click on one cell is the link's own.
        if (isDown.current && area !== null && !isSingle(area)) link.current?.click();
        isDown.current = false;
      }}
      onPointerCancel={leave}
      onPointerLeave={() => {
        if (!isDown.current) leave();
      }}
      onClickCapture={(event) => {
        // The click that a browser makes of a drag comes on top of the one above.
        if (event.nativeEvent.isTrusted && area !== null && !isSingle(area)) event.preventDefault();
      }}
      onDragStart={(event) => event.preventDefault()}
    >
      <Cells columns={columns} rows={rows} cells={cells} isPlace={isPlace} width={width} height={height} />
      {bounds !== null && (
        <CountLink
          project={project}
          search={search}
          sort={sort}
          items={items}
          what={what}
          active
          tabIndex={-1}
          linkRef={link}
          className={styles.area}
          style={bounds}
        />
      )}
    </div>
  );
}

/** From one item to the most of a cell. */
export function HeatKey({ most, unit }: { most: number; unit: string }) {
  return (
    <span className={styles.key} aria-hidden>
      1 <i /> {formatCount(most)} {unit}
    </span>
  );
}
