import { IconEye, IconEyeOff } from "@tabler/icons-react";
import { useState } from "react";
import { formatCount, NO_VALUE } from "../../state/format";
import { verdictOf, verdictOnClass } from "../../state/verdict";
import type { ObjectKey, ObjectKind } from "../drawing/appearance";
import { shapeArea } from "../drawing/outlines";
import { maskArea } from "../drawing/rle";
import styles from "./Expanded.module.css";
import type { NamedShape } from "./objects";

const AT_FIRST = 60;

interface Props {
  title: string;
  objects: readonly NamedShape[];
  hidden: ReadonlySet<ObjectKey>;
  /** Draw these, or do not. */
  onShow: (keys: readonly ObjectKey[], shown: boolean) => void;
  onLight: (key: ObjectKey | null) => void;
  onOpen: (of: ObjectKind, row: number) => void;
}

/** Objects of the image: pointing at one lights it up, its eye hides it, its name opens it. */
export function ObjectList({ title, objects, hidden, onShow, onLight, onOpen }: Props) {
  const [all, setAll] = useState(false);
  const someHidden = objects.some(({ key }) => hidden.has(key));
  const shown = all ? objects : objects.slice(0, AT_FIRST);
  return (
    <section>
      <div className={styles.head}>
        <h2>{title}</h2>
        {objects.length > 1 ? (
          <button
            type="button"
            className="btn quiet right"
            onClick={() =>
              onShow(
                objects.map(({ key }) => key),
                someHidden,
              )
            }
          >
            {someHidden ? "Show all" : "Hide all"}
          </button>
        ) : (
          objects.length === 0 && <span>none</span>
        )}
      </div>
      <ul>
        {shown.map(({ shape, key, color, line, title: name, letter }) => {
          const isHidden = hidden.has(key);
          const isClass = shape.kind === "label";
          const verdict = isClass ? verdictOnClass(shape, null) : verdictOf(shape);
          const area = shapeArea(shape, maskArea);
          return (
            // Pointing and focus only light the object up; the buttons inside act.
            // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
            <li
              key={key}
              className={styles.object}
              data-hidden={isHidden}
              onPointerEnter={() => onLight(key)}
              onPointerLeave={() => onLight(null)}
              onFocus={() => onLight(key)}
              onBlur={() => onLight(null)}
            >
              <button
                type="button"
                className={styles.objectName}
                title={`Open this ${shape.of}`}
                onClick={() => onOpen(shape.of, shape.row)}
              >
                {line === undefined ? (
                  <span className="dot" style={{ background: color }} />
                ) : (
                  <span className={styles.outline} data-line={line} style={{ borderColor: color }} />
                )}
                <span className="truncate">{name}</span>
                {letter !== null && <span className={styles.letter}>{letter}</span>}
                {shape.crowd && <span className="muted small">crowd</span>}
              </button>
              <span className="muted">
                {verdict?.name ?? (area === null ? NO_VALUE : `${formatCount(area)} px²`)}
              </span>
              {!isClass && (
                <button
                  type="button"
                  className="btn quiet icon"
                  style={{ width: 22, height: 22 }}
                  aria-pressed={!isHidden}
                  aria-label={`Draw ${name}`}
                  title={isHidden ? "Show" : "Hide"}
                  onClick={() => onShow([key], isHidden)}
                >
                  {isHidden ? <IconEyeOff size={14} aria-hidden /> : <IconEye size={14} aria-hidden />}
                </button>
              )}
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
