import type { ReactNode } from "react";
import styles from "./NumberStrip.module.css";

/** One number of a strip: its name, the figure, and a word on it. */
export function Cell({ name, note, children }: { name: ReactNode; note?: ReactNode; children: ReactNode }) {
  return (
    <div className={styles.cell}>
      <dt>{name}</dt>
      <dd className={styles.figure}>{children}</dd>
      <dd className={styles.note}>{note}</dd>
    </div>
  );
}

/** Numbers side by side in one panel; its children are cells. */
export function NumberStrip({ label, children }: { label: string; children: ReactNode }) {
  return (
    <dl className={`panel ${styles.strip ?? ""}`} aria-label={label}>
      {children}
    </dl>
  );
}
