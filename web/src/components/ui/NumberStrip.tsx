import type { ReactNode } from "react";
import styles from "./NumberStrip.module.css";

interface CellProps {
  name: ReactNode;
  /** What the number is, in the words of a definition. */
  meaning?: string;
  note?: ReactNode;
  children: ReactNode;
}

/** One number of a strip: its name, the figure, and a word on it. */
export function Cell({ name, meaning, note, children }: CellProps) {
  return (
    <div className={styles.cell} title={meaning}>
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
