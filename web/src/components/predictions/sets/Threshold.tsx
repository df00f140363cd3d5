import { useId, type CSSProperties } from "react";
import { formatThreshold } from "../../../state/predictionsSearch";
import styles from "./Threshold.module.css";
import { TypedThreshold } from "./TypedThreshold";

interface Props {
  label: string;
  /** What of the label is shown; absent: all of it. */
  short?: string;
  value: number;
  least: number;
  onMove: (value: number) => void;
  /** The pointer or key has been let go. */
  onRest: () => void;
}

const STEP = 0.01;

/** A slider between `least` and 1, with its number beside the label, which can be typed. */
export function Threshold({ label, short, value, least, onMove, onRest }: Props) {
  const id = useId();
  return (
    <div className={styles.threshold}>
      <label htmlFor={id} title={label}>
        {short ?? label}
      </label>
      <input
        id={id}
        type="range"
        aria-label={label}
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
      <TypedThreshold
        className={styles.number}
        label={`${label}, number`}
        value={value}
        least={least}
        onTake={(read) => {
          onMove(read);
          onRest();
        }}
      />
    </div>
  );
}
