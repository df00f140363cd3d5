import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { isWhole, moveEnd, type BinRange } from "./brush";
import styles from "./HistogramPanel.module.css";

/** Keys move the ends one after the other; what they leave is asked for when they rest. */
const SETTLE_MS = 450;

interface Props {
  title: string;
  count: number;
  /** The bins that the query lets through; all of them without a range. */
  range: BinRange;
  /** The stretch on the axis, as shares 0..1, where the query's range does not end at bins. */
  shares: { from: number; to: number };
  /** Whether a range is set. */
  set: boolean;
  write: (bin: number, end: "first" | "last") => string;
  onBrush: (range: BinRange | null) => void;
}

/** The stretch that passes, with an end on each side that arrow keys move. */
export function BrushHandles({ title, count, range, shares, set, write, onBrush }: Props) {
  const [moved, setMoved] = useState<BinRange | null>(null);
  const [seen, setSeen] = useState(range);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  if (seen.first !== range.first || seen.last !== range.last) {
    setSeen(range);
    setMoved(null);
  }
  useEffect(() => () => clearTimeout(timer.current), []);
  const shown = moved ?? range;
  const from = moved === null ? shares.from : moved.first / count;
  const to = moved === null ? shares.to : (moved.last + 1) / count;

  const apply = (next: BinRange | null): void => {
    clearTimeout(timer.current);
    onBrush(next === null || isWhole(next, count) ? null : next);
  };
  const onKeyDown = (end: "first" | "last", event: KeyboardEvent): void => {
    if (event.key === "Delete" || event.key === "Backspace" || (event.key === "Escape" && set)) {
      event.stopPropagation();
      setMoved(null);
      apply(null);
      return;
    }
    const next = moveEnd(shown, end, event.key, count);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    setMoved(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => apply(next), SETTLE_MS);
  };
  const handle = (end: "first" | "last", share: number) => (
    <div
      role="slider"
      tabIndex={0}
      className={styles.handle}
      style={{ left: `${share * 100}%` }}
      aria-label={`${end === "first" ? "Lower" : "Upper"} end of the range of ${title}`}
      aria-valuemin={0}
      aria-valuemax={count - 1}
      aria-valuenow={shown[end]}
      aria-valuetext={write(shown[end], end)}
      onKeyDown={(event) => onKeyDown(end, event)}
    />
  );
  return (
    <div className={styles.brush} data-set={set || moved !== null}>
      {(set || moved !== null) && (
        <i className={styles.stretch} style={{ left: `${from * 100}%`, width: `${(to - from) * 100}%` }} />
      )}
      {handle("first", from)}
      {handle("last", to)}
    </div>
  );
}
