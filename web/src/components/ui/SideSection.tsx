import type { ReactNode } from "react";
import styles from "./SideSection.module.css";

/** A part of the sidebar under its heading. */
export function SideSection({
  title,
  action,
  children,
}: {
  title: string;
  /** A number, or what can be done with the whole of it. */
  action?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className={styles.section} aria-label={title}>
      <div className={styles.head}>
        <h2>{title}</h2>
        <span className={styles.action}>{action}</span>
      </div>
      {children}
    </section>
  );
}
