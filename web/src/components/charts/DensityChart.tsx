import { useMemo, useState } from "react";
import type { Density, DensityAxis } from "../../api/client";
import { formatCounted, formatValue } from "../../state/format";
import { joinQueries, nounOf } from "../../state/links";
import { isSingle, isWithin, type Area } from "./area";
import { isPoint } from "./axis";
import { HeatMap, type HeatCell } from "./HeatMap";
import { Drawing, PlotFrame, ticksAlong } from "./PlotFrame";
import { linePath } from "./path";
import { rangeQuery, trendEnds } from "./trend";
import styles from "./DensityChart.module.css";

interface Props {
  project: string;
  density: Density;
  /** Height of the plot in px. */
  height: number;
}

const TICKS = 5;

const bins = (axis: DensityAxis): number => Math.max(1, axis.edges.length - 1);

function ends({ edges }: DensityAxis): [number, number] {
  return [edges[0] ?? 0, edges.at(-1) ?? 0];
}

const isFlat = (axis: DensityAxis): boolean => isPoint(...ends(axis));

function nameOf({ title, unit, kind }: DensityAxis): string {
  return unit === "" || kind === "count" ? title : `${title}, ${unit}`;
}

function spread(axis: DensityAxis, first: number, last: number): string {
  const write = (at: number): string => formatValue(axis.edges[at] ?? null, axis.kind, axis.unit);
  return `${axis.title} ${write(first)} to ${write(last + 1)}`;
}

/** The trend in a square of 0..100. */
function Trend({ density: { x, y, trend } }: { density: Density }) {
  const line = trend === null || isFlat(x) || isFlat(y) ? null : trendEnds(trend, x, y);
  if (line === null) return null;
  return (
    <Drawing>
      <path className={styles.trend} d={linePath(line)} />
    </Drawing>
  );
}

/**
 * Two metrics against each other. A click on a cell, or a rectangle drawn with the pointer or with Shift and the
 * arrow keys, leads to exactly its items.
 */
export function DensityChart({ project, density, height }: Props) {
  const [area, setArea] = useState<Area | null>(null);
  const { x, y, scope } = density;
  const [columns, rows] = [bins(x), bins(y)];
  // Bins are counted upwards, rows from above.
  const rowOf = (bin: number): number => rows - 1 - bin;
  const cells = useMemo<HeatCell[]>(() => {
    const most = Math.max(1, ...density.cells.map((cell) => cell.count));
    return density.cells.map(({ x: column, y: bin, count }) => ({
      column,
      row: rows - 1 - bin,
      count,
      share: count / most,
      tone: "accent",
    }));
  }, [density, rows]);
  const found =
    area === null
      ? []
      : density.cells.filter((cell) => isWithin(area, { column: cell.x, row: rowOf(cell.y) }));
  const [from, to] = area === null ? [0, 0] : [area.first.column, area.last.column];
  const [low, high] = area === null ? [0, 0] : [rowOf(area.last.row), rowOf(area.first.row)];
  const ranges = joinQueries(rangeQuery(x.key, x.edges, from, to), rangeQuery(y.key, y.edges, low, high));
  const items = {
    count: found.reduce((sum, cell) => sum + cell.count, 0),
    scope,
    query: area !== null && isSingle(area) ? (found[0]?.query ?? "") : joinQueries(density.query, ranges),
  };
  const what = `${spread(x, from, to)} · ${spread(y, low, high)}`;
  return (
    <PlotFrame
      label={`${x.title} against ${y.title}`}
      height={height}
      xTicks={ticksAlong(x.scale, ...ends(x), TICKS)}
      yTicks={ticksAlong(y.scale, ...ends(y), TICKS)}
      xGrid
      yName={nameOf(y)}
      nameBeside
      caption={
        <>
          <span className={styles.name}>{nameOf(x)}</span>
          <span role="status">
            {area === null
              ? "Click a cell or draw a rectangle to see its items"
              : `${what}: ${formatCounted(items.count, nounOf(scope, 1), nounOf(scope, 2))}`}
          </span>
        </>
      }
    >
      <div className={styles.cells}>
        <HeatMap
          project={project}
          sort={`-${x.key}`}
          kind="density chart"
          label={`${x.title} against ${y.title}. Arrow keys move over the cells, with Shift they widen the rectangle, Enter shows its items in the Explorer.`}
          columns={columns}
          rows={rows}
          cells={cells}
          widens
          area={area}
          onArea={setArea}
          what={what}
          items={items}
        />
      </div>
      <Trend density={density} />
    </PlotFrame>
  );
}
