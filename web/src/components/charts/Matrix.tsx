import type { CoOccurrence } from "../../api/client";
import { useState } from "react";

import { formatCounted } from "../../state/format";
import { CountLink } from "../ui/CountLink";
import styles from "./Matrix.module.css";
import { layOutTriangle, stepInTriangle } from "./matrix";
import { useRoving } from "./useRoving";

const place = (row: number, column: number): string => `${row} ${column}`;

/** How often two classes share an image: a triangle of cells, each a link to these images. */
export function Matrix({ project, data }: { project: string; data: CoOccurrence }) {
  const { classes, cells } = data;
  const size = classes.length;
  const [active, setActive] = useState<{ row: number; column: number } | null>(null);
  const rows = layOutTriangle(size, cells);
  const full = new Set(
    rows.flat().flatMap((cell) => (cell.pair === null ? [] : [place(cell.row, cell.column)])),
  );
  const roving = useRoving([...full][0], (from, key) => {
    let [row = 0, column = 0] = from.split(" ").map(Number);
    for (;;) {
      const next = stepInTriangle(size, row, column, key);
      if (next === null) return null;
      if (full.has(place(next.row, next.column))) return place(next.row, next.column);
      ({ row, column } = next);
    }
  });
  const name = (index: number): string => classes[index]?.name ?? "";
  const shown = active === null ? undefined : rows[active.row - 1]?.[active.column];
  const columns = classes.slice(0, -1);
  return (
    <figure className={styles.figure} aria-label="Classes that share an image">
      <div
        className={styles.matrix}
        style={{ gridTemplateColumns: `auto repeat(${size - 1}, minmax(0, 1fr))` }}
        role="presentation"
        onPointerLeave={() => setActive(null)}
      >
        {rows.map((cellsOfRow, at) => (
          <div key={name(at + 1)} style={{ display: "contents" }}>
            <span className={styles.rowName} data-on={active?.row === at + 1} title={name(at + 1)}>
              {name(at + 1)}
            </span>
            {cellsOfRow.map(({ row, column, pair, strength }) => {
              const items = { count: pair?.count ?? 0, scope: "image" as const, query: pair?.query ?? "" };
              const { onFocus, ...rest } = roving(place(row, column), (other) => full.has(other));
              return (
                <div key={column} className={styles.slot} onPointerEnter={() => setActive({ row, column })}>
                  <CountLink
                    project={project}
                    items={items}
                    what={`${name(column)} and ${name(row)}`}
                    className={styles.cell}
                    onFocus={() => {
                      onFocus();
                      setActive({ row, column });
                    }}
                    {...rest}
                    style={{
                      background:
                        pair === null
                          ? undefined
                          : `color-mix(in srgb, var(--accent) ${Math.round(12 + 88 * strength)}%, var(--panel))`,
                    }}
                  >
                    <span className="sr-only">
                      {name(column)} and {name(row)}: {formatCounted(items.count, "image")}
                    </span>
                  </CountLink>
                </div>
              );
            })}
            {columns.slice(at + 1).map((each) => (
              <span key={each.class_row} />
            ))}
          </div>
        ))}
        <span />
        {columns.map((each, at) => (
          <span key={each.class_row} className={styles.columnName} data-on={active?.column === at}>
            <span title={each.name}>{each.name}</span>
          </span>
        ))}
      </div>
      <div className={styles.key} aria-hidden>
        1 <i /> {formatCounted(Math.max(1, ...cells.map((cell) => cell.count)), "image")}
      </div>
      <figcaption className={styles.caption}>
        {shown === undefined
          ? "Images in which both occur; a cell opens them"
          : `${name(shown.column)} and ${name(shown.row)}: ${formatCounted(shown.pair?.count ?? 0, "image")}`}
      </figcaption>
    </figure>
  );
}
