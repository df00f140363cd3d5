import { formatCount } from "../../state/format";
import { OUTCOME_WORDS, type OutcomeCounts as Counts } from "../../state/outcomes";
import styles from "./OutcomeCounts.module.css";

/** "5 TP · 2 FP · 1 FN": what an image has right and wrong. */
export function OutcomeCounts({ counts }: { counts: Counts }) {
  return (
    <span className={styles.counts}>
      {(["tp", "fp", "fn"] as const).map((outcome) => (
        <span
          key={outcome}
          data-outcome={outcome}
          data-none={counts[outcome] === 0}
          title={OUTCOME_WORDS[outcome].meaning}
        >
          <b>{formatCount(counts[outcome])}</b> {OUTCOME_WORDS[outcome].name}
        </span>
      ))}
    </span>
  );
}
