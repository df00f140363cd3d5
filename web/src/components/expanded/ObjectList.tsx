import { IconEye, IconEyeOff } from "@tabler/icons-react";
import { useState } from "react";
import { formatCount, NO_VALUE } from "../../state/format";
import type { DrawnShape } from "../drawing/draw";
import { shapeArea } from "../drawing/outlines";
import { maskArea } from "../drawing/rle";
import styles from "./Expanded.module.css";

const AT_FIRST = 60;

interface Props {
  objects: readonly (DrawnShape & { name: string; letter: "A" | "B" | null })[];
  hidden: ReadonlySet<number>;
  onToggle: (row: number) => void;
  onToggleAll: () => void;
  onLight: (row: number | null) => void;
  onOpen: (row: number) => void;
}

/** Every object of the image: pointing at one lights it up, its eye hides it, its name opens it. */
export function ObjectList({ objects, hidden, onToggle, onToggleAll, onLight, onOpen }: Props) {
  const [all, setAll] = useState(false);
  const shown = all ? objects : objects.slice(0, AT_FIRST);
  return (
    <section>
      <div className={styles.head}>
        <h2>Objects in this image</h2>
        {objects.length > 1 ? (
          <button type="button" className="btn quiet right" onClick={onToggleAll}>
            {hidden.size > 0 ? "Show all" : "Hide all"}
          </button>
        ) : (
          objects.length === 0 && <span>none</span>
        )}
      </div>
      <ul>
        {shown.map(({ shape, color, name, letter }) => {
          const isHidden = hidden.has(shape.row);
          const area = shapeArea(shape, maskArea);
          return (
            // Pointing and focus only light the object up; the buttons inside act.
            // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
            <li
              key={shape.row}
              className={styles.object}
              data-hidden={isHidden}
              onPointerEnter={() => onLight(shape.row)}
              onPointerLeave={() => onLight(null)}
              onFocus={() => onLight(shape.row)}
              onBlur={() => onLight(null)}
            >
              <button
                type="button"
                className={styles.objectName}
                title="Open this annotation"
                onClick={() => onOpen(shape.row)}
              >
                <span className="dot" style={{ background: color }} />
                <span className="truncate">{name}</span>
                {letter !== null && <span className={styles.letter}>{letter}</span>}
                {shape.crowd && <span className="muted small">crowd</span>}
              </button>
              <span className="muted">{area === null ? NO_VALUE : `${formatCount(area)} px²`}</span>
              <button
                type="button"
                className={`btn quiet icon ${styles.copy ?? ""}`}
                aria-pressed={!isHidden}
                aria-label={`Draw ${name}`}
                title={isHidden ? "Show" : "Hide"}
                onClick={() => onToggle(shape.row)}
              >
                {isHidden ? <IconEyeOff size={14} aria-hidden /> : <IconEye size={14} aria-hidden />}
              </button>
            </li>
          );
        })}
      </ul>
      {!all && objects.length > AT_FIRST && (
        <button type="button" className="btn quiet" onClick={() => setAll(true)}>
          {formatCount(objects.length - AT_FIRST)} more…
        </button>
      )}
    </section>
  );
}
