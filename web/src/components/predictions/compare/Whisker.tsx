import type { NumberCompared } from "../../../api/client";
import { ends, placeOn, type Verdict } from "../../../state/comparison";
import styles from "./Whisker.module.css";

interface Props {
  compared: NumberCompared;
  verdict: Verdict;
  /** Both ends of the scale lie this far from zero. */
  reach: number;
}

const percent = (share: number): string => `${(share * 100).toFixed(2)}%`;

/** A difference as a point with its interval, on a scale with zero in the middle. */
export function Whisker({ compared, verdict, reach }: Props) {
  const interval = ends(compared);
  const low = interval === null ? null : placeOn(interval[0], reach);
  const high = interval === null ? null : placeOn(interval[1], reach);
  return (
    <span className={styles.scale} data-verdict={verdict} aria-hidden>
      {low !== null && high !== null && (
        <i className={styles.interval} style={{ left: percent(low), width: percent(high - low) }} />
      )}
      {compared.difference !== null && (
        <i className={styles.point} style={{ left: percent(placeOn(compared.difference, reach)) }} />
      )}
    </span>
  );
}
