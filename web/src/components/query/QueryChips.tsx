import { IconX } from "@tabler/icons-react";
import type { QueryTerm } from "../../api/client";
import { branches } from "../../state/queryText";
import styles from "./QueryChips.module.css";

interface Props {
  terms: readonly QueryTerm[];
  /** What the list is called. */
  label?: string;
  onChange: (query: string) => void;
}

/** The conditions of the applied query, each of which can be taken away. */
export function QueryChips({ terms, label = "Filters", onChange }: Props) {
  if (terms.length === 0) return null;
  return (
    <ul className={styles.chips} aria-label={label}>
      {terms.map((term, at) => (
        <li key={`${at} ${term.text}`} className={`chip ${styles.chip ?? ""}`}>
          <span className="mono truncate" title={term.text}>
            {branches(term.text).join(" or ")}
          </span>
          <button
            type="button"
            aria-label={`Remove the filter ${term.text}`}
            title="Remove this filter"
            onClick={() => onChange(term.remaining)}
          >
            <IconX size={12} aria-hidden />
          </button>
        </li>
      ))}
      {terms.length > 1 && (
        <li>
          <button type="button" className={`btn quiet ${styles.all ?? ""}`} onClick={() => onChange("")}>
            Clear all
          </button>
        </li>
      )}
    </ul>
  );
}
