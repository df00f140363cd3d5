import type { ReactNode } from "react";
import styles from "./Expanded.module.css";

/** Names and values side by side under a heading. */
export function FactList({ title, facts }: { title: string; facts: readonly [string, ReactNode][] }) {
  if (facts.length === 0) return null;
  return (
    <section>
      <div className={styles.head}>
        <h2>{title}</h2>
      </div>
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
