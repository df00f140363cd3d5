import { Link } from "@tanstack/react-router";
import styles from "./Shell.module.css";

export function NotFound() {
  return (
    <main className={styles.centre}>
      <h1>There is no page at this address</h1>
      <p className="muted">The link may be from a newer version of Assay, or mistyped.</p>
      <Link to="/" className="btn">
        All projects
      </Link>
    </main>
  );
}
