import { Link } from "@tanstack/react-router";
import type { Scope } from "../../api/client";
import styles from "./EmptyResult.module.css";

interface Props {
  scope: Scope;
  /** Why nothing is there: the filter lets nothing pass, the filter cannot be understood, or there are no items. */
  reason: "filter" | "broken" | "none";
  images: number;
  onClear: () => void;
  onImages: () => void;
}

/** What stands in the grid's place, and what to do about it. */
export function EmptyResult({ scope, reason, images, onClear, onImages }: Props) {
  if (reason === "none" && scope === "annotation" && images > 0) {
    return (
      <div className={styles.empty}>
        <h2>Nothing is annotated in this project</h2>
        <p>Its images can be looked at, measured, filtered and tagged all the same.</p>
        <button type="button" className="btn" onClick={onImages}>
          Show the images
        </button>
      </div>
    );
  }
  if (reason === "none") {
    return (
      <div className={styles.empty}>
        <h2>This project has no images</h2>
        <p>Import a dataset on the projects page.</p>
        <Link to="/" className="btn">
          All projects
        </Link>
      </div>
    );
  }
  return (
    <div className={styles.empty}>
      <h2>{reason === "broken" ? "This filter cannot be used" : `No ${scope} passes the filter`}</h2>
      <p>
        {reason === "broken"
          ? "What is wrong with it stands under the query."
          : "Take a condition away, or begin anew."}
      </p>
      <button type="button" className="btn" onClick={onClear}>
        Clear filter
      </button>
    </div>
  );
}
