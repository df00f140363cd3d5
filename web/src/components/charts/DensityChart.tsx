import type { Density, DensityAxis } from "../../api/client";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";

import { formatCounted, formatValue } from "../../state/format";
import { explorerTarget, joinQueries, nounOf } from "../../state/links";
import { useTheme } from "../../state/theme";
import styles from "./DensityChart.module.css";
import { densityOption, PLOT } from "./densityOption";
import { EChart } from "./EChart";
import { readTokens } from "./tokens";
import { binAt, rangeQuery } from "./trend";

interface Props {
  project: string;
  density: Density;
  /** Height of the whole drawing in px. */
  height: number;
}

interface Area {
  x0: number;
  x1: number;
  y0: number;
  y1: number;
}

interface Place {
  x: number;
  y: number;
}

const bins = (axis: DensityAxis): number => Math.max(1, axis.edges.length - 1);

function spread(axis: DensityAxis, first: number, last: number): string {
  const write = (at: number): string => formatValue(axis.edges[at] ?? null, axis.kind, axis.unit);
  return `${axis.title} ${write(first)} to ${write(last + 1)}`;
}

function between(from: Place, to: Place): Area {
  return {
    x0: Math.min(from.x, to.x),
    x1: Math.max(from.x, to.x),
    y0: Math.min(from.y, to.y),
    y1: Math.max(from.y, to.y),
  };
}

/**
 * Two metrics against each other. A click on a cell, or a rectangle drawn with the pointer or with Shift and the
 * arrow keys, leads to exactly its items.
 */
export function DensityChart({ project, density, height }: Props) {
  const navigate = useNavigate();
  const theme = useTheme();
  const option = useMemo(() => densityOption(density, readTokens(theme)), [density, theme]);
  const plot = useRef<HTMLDivElement>(null);
  const [from, setFrom] = useState<Place | null>(null);
  const [to, setTo] = useState<Place | null>(null);
  const drawing = useRef(false);
  const { x, y, scope } = density;
  const cells = useMemo(
    () => new Map(density.cells.map((cell) => [cell.y * bins(x) + cell.x, cell])),
    [density, x],
  );
  const area = to === null ? null : between(from ?? to, to);
  const inside = useMemo(() => {
    if (area === null) return { count: 0, query: "" };
    const found = density.cells.filter(
      (cell) => cell.x >= area.x0 && cell.x <= area.x1 && cell.y >= area.y0 && cell.y <= area.y1,
    );
    const single = area.x0 === area.x1 && area.y0 === area.y1;
    const ranges = joinQueries(
      rangeQuery(x.key, x.edges, area.x0, area.x1),
      rangeQuery(y.key, y.edges, area.y0, area.y1),
    );
    return {
      count: found.reduce((sum, cell) => sum + cell.count, 0),
      query: single ? (found[0]?.query ?? "") : joinQueries(density.query, ranges),
    };
  }, [area, density, x, y]);

  const placeOf = (event: PointerEvent): Place | null => {
    const box = plot.current?.getBoundingClientRect();
    if (box === undefined) return null;
    return {
      x: binAt((event.clientX - box.left) / box.width, bins(x)),
      y: binAt((box.bottom - event.clientY) / box.height, bins(y)),
    };
  };
  const open = (): void => {
    if (inside.count === 0) return;
    void navigate({
      to: "/p/$project/explorer",
      params: { project },
      search: explorerTarget({ scope, query: inside.query }, `-${x.key}`),
    });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter") open();
    if (event.key === "Escape") setFrom(null);
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, 1],
      ArrowDown: [0, -1],
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    const start = to ?? { x: Math.floor(bins(x) / 2), y: Math.floor(bins(y) / 2) };
    const next = {
      x: Math.min(bins(x) - 1, Math.max(0, start.x + move[0])),
      y: Math.min(bins(y) - 1, Math.max(0, start.y + move[1])),
    };
    setFrom(event.shiftKey ? (from ?? start) : null);
    setTo(next);
  };
  const said =
    area === null
      ? "Click a cell or draw a rectangle to see its items"
      : `${spread(x, area.x0, area.x1)} · ${spread(y, area.y0, area.y1)}: ${formatCounted(inside.count, nounOf(scope, 1), nounOf(scope, 2))}`;

  return (
    <div className={styles.chart}>
      <div style={{ position: "relative" }}>
        <EChart option={option} height={height} />
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- a drawing that is worked like a map */}
        <div
          ref={plot}
          className={styles.plot}
          style={PLOT}
          role="application"
          aria-roledescription="density chart"
          aria-label={`${x.title} against ${y.title}. Arrow keys move over the cells, with Shift they widen the rectangle, Enter shows its items in the Explorer.`}
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it is worked by keys
          tabIndex={0}
          data-hit={inside.count > 0}
          onKeyDown={onKeyDown}
          onBlur={() => {
            setFrom(null);
            setTo(null);
          }}
          onPointerDown={(event) => {
            if (event.button !== 0) return;
            const place = placeOf(event);
            event.currentTarget.setPointerCapture(event.pointerId);
            drawing.current = true;
            setFrom(place);
            setTo(place);
          }}
          onPointerMove={(event) => {
            const place = placeOf(event);
            if (!drawing.current) setFrom(null);
            setTo(place);
          }}
          onPointerUp={() => {
            if (!drawing.current) return;
            drawing.current = false;
            open();
            setFrom(null);
          }}
          onPointerCancel={() => {
            drawing.current = false;
            setFrom(null);
          }}
          onPointerLeave={() => {
            if (!drawing.current) setTo(null);
          }}
        >
          {area !== null && (
            <div
              className={styles.area}
              data-empty={
                inside.count === 0 ||
                (area.x0 === area.x1 && area.y0 === area.y1 && !cells.has(area.y0 * bins(x) + area.x0))
              }
              style={{
                left: `${(area.x0 / bins(x)) * 100}%`,
                width: `${((area.x1 - area.x0 + 1) / bins(x)) * 100}%`,
                bottom: `${(area.y0 / bins(y)) * 100}%`,
                height: `${((area.y1 - area.y0 + 1) / bins(y)) * 100}%`,
              }}
            />
          )}
        </div>
      </div>
      <p className={styles.said} role="status">
        {said}
      </p>
    </div>
  );
}
