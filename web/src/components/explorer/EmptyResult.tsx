import { Link } from "@tanstack/react-router";
import type { Scope } from "../../api/client";
import { isAbout, type TermText } from "../../state/queryText";
import styles from "../ui/EmptyResult.module.css";

interface Props {
  scope: Scope;
  /** Why nothing is there: the filter lets nothing pass, the filter cannot be understood, or there are no items. */
  reason: "filter" | "broken" | "none";
  images: number;
  /** The filter's terms. */
  terms: readonly TermText[];
  onClear: () => void;
  onImages: () => void;
}

/** What stands in the grid's place, and what to do about it. */
export function EmptyResult({ scope, reason, images, terms, onClear, onImages }: Props) {
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
  const sameItem = reason === "filter" ? terms.filter((term) => isAbout(term, "class") && !term.negated) : [];
  const classes = sameItem.map((term) => term.text);
  return (
    <div className={styles.empty}>
      <h2>{reason === "broken" ? "This filter cannot be used" : `No ${scope} passes the filter`}</h2>
      <p>
        {reason === "broken"
          ? "What is wrong with it stands under the query."
          : "Take a condition away, or begin anew."}
      </p>
      {classes.length > 1 && (
        <p>
          Conditions on annotations that stand side by side speak of the same annotation, which has one class.{" "}
          {scope === "image"
            ? "Images that have an annotation of each class are found by "
            : "Annotations of either class are found by "}
          <code className="mono">
            {scope === "image"
              ? [classes[0], ...classes.slice(1).map((text) => `not (not ${text})`)].join(" ")
              : classes.join(" or ")}
          </code>
          .
        </p>
      )}
      <button type="button" className="btn" onClick={onClear}>
        Clear filter
      </button>
    </div>
  );
}
