import type { Verdict } from "../../state/verdict";
import styles from "./OutcomeBadge.module.css";

/** "FP · background": the outcome told by words and colour. */
export function OutcomeBadge({ verdict }: { verdict: Verdict }) {
  const { outcome, name, reason, meaning } = verdict;
  return (
    <span className={styles.badge} data-outcome={outcome} title={meaning}>
      <b>{name}</b>
      {reason !== null && <span className="truncate">{reason}</span>}
    </span>
  );
}
