import { useMemo, useState } from "react";
import type { CoOccurrence as CoOccurrenceData } from "../../api/client";
import { formatCounted } from "../../state/format";
import type { Area, Cell } from "../charts/area";
import { HeatKey, type HeatCell } from "../charts/HeatMap";
import { NamedHeatMap } from "../charts/NamedHeatMap";
import styles from "./CoOccurrence.module.css";

const WIDEST_PX = 60;
const CELL_HEIGHT_PX = 18;

/** Rows are the second class to the last, columns the first to the last but one. */
const isPlace = ({ column, row }: Cell): boolean => column <= row;

/** How often two classes share an image: a triangle of cells, each leads to these images. */
export function CoOccurrence({ project, data }: { project: string; data: CoOccurrenceData }) {
  const [area, setArea] = useState<Area | null>(null);
  const names = data.classes.map((each) => each.name);
  const most = Math.max(1, ...data.cells.map((cell) => cell.count));
  const cells = useMemo<HeatCell[]>(
    () =>
      data.cells.map(({ a, b, count }) => ({
        column: a,
        row: b - 1,
        count,
        share: count / most,
        tone: "accent",
      })),
    [data, most],
  );
  const { column, row } = area?.first ?? { column: 0, row: 0 };
  const pair = data.cells.find((cell) => cell.a === column && cell.b === row + 1);
  const what = `${names[column] ?? ""} and ${names[row + 1] ?? ""}`;
  return (
    <figure className={styles.figure} aria-label="Classes that share an image">
      <NamedHeatMap
        project={project}
        kind="matrix of classes"
        label="Classes that share an image. Arrow keys move over the pairs, which are told below; Enter shows the images of one."
        rowNames={names.slice(1)}
        columnNames={names.slice(0, -1)}
        widest={WIDEST_PX}
        cellHeight={CELL_HEIGHT_PX}
        below
        cells={cells}
        isPlace={isPlace}
        area={area}
        onArea={setArea}
        what={what}
        items={{ count: pair?.count ?? 0, scope: "image", query: pair?.query ?? "" }}
      />
      <div className={styles.key}>
        <HeatKey most={most} unit={most === 1 ? "image" : "images"} />
      </div>
      <figcaption className={styles.caption} role="status">
        {area === null
          ? "Images in which both occur; a cell opens them"
          : `${what}: ${formatCounted(pair?.count ?? 0, "image")}`}
      </figcaption>
    </figure>
  );
}
