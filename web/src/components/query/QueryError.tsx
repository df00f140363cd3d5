import { IconAlertCircle } from "@tabler/icons-react";
import type { Problem } from "../../api/client";
import { mend } from "./completion";
import styles from "./QueryBox.module.css";

interface Props {
  id: string;
  problem: Problem;
  text: string;
  /** The query that the page shows instead, "" for everything; null where it shows nothing. */
  applied: string | null;
  /** Apply the text with the error mended. */
  onMend: (text: string) => void;
}

/** What is wrong with a query, what was expected, and a way to mend it. */
export function QueryError({ id, problem, text, applied, onMend }: Props) {
  const { title, item, position, length, expected, hint, near } = problem;
  const mended =
    near != null && typeof position === "number" && typeof length === "number"
      ? mend(text, position, length, near)
      : null;
  const named = item == null || title.includes(item) ? "" : ` “${item}”`;
  return (
    <div id={id} className={styles.error} role="alert">
      <IconAlertCircle size={15} aria-hidden />
      <div>
        <span className={styles.message}>
          {title.replace(/\.$/, "")}
          {named}.
        </span>
        {expected != null && <span className="muted"> Expected: {expected}.</span>}
        {mended === null && hint != null && <span className="muted"> {hint}</span>}
        {applied !== null && (
          <p className="muted">
            {applied === "" ? (
              "Not applied: the page still shows everything."
            ) : (
              <>
                Not applied: the page still shows <b className="mono">{applied}</b>.
              </>
            )}
          </p>
        )}
      </div>
      {mended !== null && (
        <button type="button" className={`btn ${styles.mend ?? ""}`} onClick={() => onMend(mended)}>
          Did you mean <b className="mono">{near}</b>?
        </button>
      )}
    </div>
  );
}
