import { useId, useState, type CSSProperties } from "react";
import { formatThreshold, readThreshold } from "../../../state/predictionsSearch";
import styles from "./Threshold.module.css";

interface Props {
  label: string;
  value: number;
  least: number;
  onMove: (value: number) => void;
  /** The pointer or key has been let go. */
  onRest: () => void;
}

const STEP = 0.01;

/** A slider between `least` and 1, with its number beside the label, which can be typed. */
export function Threshold({ label, value, least, onMove, onRest }: Props) {
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  const take = (): void => {
    const read = typed === null ? null : readThreshold(typed, least);
    setTyped(null);
    if (read === null || read === value) return;
    onMove(read);
    onRest();
  };
  return (
    <div className={styles.threshold}>
      <label htmlFor={id}>{label}</label>
      <input
        className={styles.number}
        inputMode="decimal"
        aria-label={`${label}, number`}
        value={typed ?? formatThreshold(value)}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onFocus={(event) => event.currentTarget.select()}
        onBlur={take}
        onKeyDown={(event) => {
          if (event.key === "Enter") take();
          if (event.key === "Escape") setTyped(null);
        }}
      />
      <input
        id={id}
        type="range"
        className={styles.slider}
        style={{ "--share": (value - least) / (1 - least) } as CSSProperties}
        min={least}
        max={1}
        step={STEP}
        value={Math.round(value / STEP) * STEP}
        aria-valuetext={formatThreshold(value)}
        onChange={(event) => onMove(Math.round(Number(event.currentTarget.value) / STEP) / (1 / STEP))}
        onPointerUp={onRest}
        onKeyUp={onRest}
        onBlur={onRest}
      />
    </div>
  );
}
