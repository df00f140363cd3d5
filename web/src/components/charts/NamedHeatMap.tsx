import { useEffect, useRef, useState, type CSSProperties } from "react";
import { isWithin, shiftArea, type Area, type Cell } from "./area";
import { HeatMap, type HeatCell, type HeatMapProps } from "./HeatMap";
import styles from "./NamedHeatMap.module.css";

const NAMES_PX = 118;
const COLUMN_NAMES_PX = 96;
const LEAST_CELL_PX = 14;
/** Between the cells and what is pinned beside them. */
const GAP_PX = 5;
const SCROLLBAR_PX = 12;

interface Props extends Omit<HeatMapProps, "columns" | "rows" | "onReach" | "widens"> {
  rowNames: readonly string[];
  columnNames: readonly string[];
  /** The widest a cell gets in px. */
  widest: number;
  /** Height of a cell in px; absent: as high as wide. */
  cellHeight?: number;
  /** Height from which on it scrolls; absent: it never does. */
  maxHeight?: number;
  /** Stands above the names of the rows. */
  corner?: string;
  /** Names of columns stand below, aslant. */
  below?: boolean;
  /** The last row and the last column stay in sight: what each of them shows, for screen readers. */
  pinned?: { row: string; column: string };
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

/** Scroll so that a cell is seen beside what stays in place round it. */
function showCell(
  scroller: HTMLElement,
  { row, column }: Cell,
  size: { width: number; height: number },
): void {
  const [left, top] = [column * size.width, row * size.height];
  const [wide, high] = [
    scroller.clientWidth - NAMES_PX - 2 * size.width - GAP_PX,
    scroller.clientHeight - COLUMN_NAMES_PX - 2 * size.height - GAP_PX,
  ];
  scroller.scrollLeft = Math.min(left, Math.max(scroller.scrollLeft, left - wide));
  scroller.scrollTop = Math.min(top, Math.max(scroller.scrollTop, top - high));
}

/** Some columns and rows of a heat map, as one of their own that knows its place in the whole. */
function Part({ from, columns, rows, cells, area, onArea, isPlace, ...rest }: HeatMapProps & { from: Cell }) {
  const whole: Area = { first: from, last: { column: from.column + columns - 1, row: from.row + rows - 1 } };
  const back = { column: -from.column, row: -from.row };
  const own: HeatCell[] = cells
    .filter((cell) => isWithin(whole, cell))
    .map((cell) => ({ ...cell, column: cell.column - from.column, row: cell.row - from.row }));
  return (
    <HeatMap
      {...rest}
      columns={columns}
      rows={rows}
      cells={own}
      isPlace={isPlace}
      area={area !== null && isWithin(whole, area.first) ? shiftArea(area, back) : null}
      onArea={(next) => onArea(next === null ? null : shiftArea(next, from))}
    />
  );
}

interface NamesProps {
  names: readonly string[];
  /** The first one's place among all. */
  from?: number;
  active: number | undefined;
  className: string | undefined;
  style: CSSProperties;
  odd?: boolean;
}

function Names({ names, from = 0, active, className, style, odd = false }: NamesProps) {
  return (
    <div className={className} style={style} data-odd={odd}>
      {names.map((name, at) => (
        <span key={name} data-on={active === from + at}>
          <span className="truncate" title={name}>
            {name}
          </span>
        </span>
      ))}
    </div>
  );
}

/** A heat map with the names of its rows and columns, which stay in sight where it scrolls. */
export function NamedHeatMap(props: Props) {
  const {
    rowNames,
    columnNames,
    widest,
    cellHeight,
    maxHeight,
    corner,
    below = false,
    pinned,
    ...map
  } = props;
  const { element, width } = useWidth();
  const room = width - NAMES_PX - (maxHeight === undefined ? 0 : SCROLLBAR_PX + GAP_PX);
  const cell = Math.min(widest, Math.max(LEAST_CELL_PX, Math.floor(room / columnNames.length)));
  const size = { width: cell, height: cellHeight ?? cell };
  const aside = pinned === undefined ? 0 : 1;
  const [columns, rows] = [columnNames.length - aside, rowNames.length - aside];
  const active = map.area?.first;
  const across = { gridTemplateColumns: `repeat(${columns}, ${size.width}px)` };
  const names = { active: active?.column, className: styles.columnNames };
  const upwards = { gridAutoRows: size.height, lineHeight: `${size.height}px` };
  const reach = (at: Cell): void => {
    if (element.current !== null) showCell(element.current, at, size);
  };
  return (
    <div ref={element} className={styles.scroller} style={{ maxHeight }}>
      {width > 0 && (
        <div
          className={styles.map}
          data-below={below}
          style={{
            gridTemplateColumns: `${NAMES_PX}px ${columns * size.width}px ${aside * (size.width + GAP_PX)}px`,
            gridTemplateRows: below
              ? `${rows * size.height}px auto`
              : `${COLUMN_NAMES_PX}px ${rows * size.height}px ${aside * (size.height + GAP_PX)}px`,
          }}
        >
          {!below && (
            <>
              <span className={styles.corner}>{corner}</span>
              <Names names={columnNames.slice(0, columns)} {...names} style={across} />
              <Names
                names={columnNames.slice(columns)}
                from={columns}
                {...names}
                odd
                style={{ gridTemplateColumns: `${size.width}px` }}
              />
            </>
          )}
          <Names
            names={rowNames.slice(0, rows)}
            active={active?.row}
            className={styles.rowNames}
            style={upwards}
          />
          <div>
            <Part {...map} from={{ column: 0, row: 0 }} columns={columns} rows={rows} onReach={reach} />
          </div>
          {pinned !== undefined && (
            <>
              <div className={styles.right}>
                <Part
                  {...map}
                  label={pinned.column}
                  from={{ column: columns, row: 0 }}
                  columns={1}
                  rows={rows}
                />
              </div>
              <Names
                names={rowNames.slice(rows)}
                from={rows}
                active={active?.row}
                className={styles.rowNames}
                odd
                style={upwards}
              />
              <div className={styles.bottom}>
                <Part
                  {...map}
                  label={pinned.row}
                  from={{ column: 0, row: rows }}
                  columns={columns}
                  rows={1}
                />
              </div>
              <span className={styles.end} />
            </>
          )}
          {below && (
            <>
              <span />
              <span />
              <Names names={columnNames} {...names} style={across} />
            </>
          )}
        </div>
      )}
    </div>
  );
}
