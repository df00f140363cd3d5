import styles from "./Tags.module.css";

/** A tag's colour, square where a class's is round; grey where it has none. */
export function TagDot({ color }: { color: string | undefined }) {
  return <i className={styles.dot} style={{ background: color ?? "var(--faint)" }} />;
}
