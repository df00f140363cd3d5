import { useEffect, useRef } from "react";
import type { Suggestion } from "../../api/client";
import styles from "./QueryBox.module.css";

interface Props {
  id: string;
  suggestions: readonly Suggestion[];
  /** Index of the suggestion that Enter takes, or -1. */
  active: number;
  onAccept: (suggestion: Suggestion) => void;
}

/** What may stand where the cursor is. The focus stays in the box. */
export function CompletionList({ id, suggestions, active, onAccept }: Props) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    <div
      ref={list}
      id={id}
      role="listbox"
      aria-label="Completions"
      className={styles.list}
      // Else the browser lets Tab stop at a list that scrolls, which is gone as soon as the box loses the focus.
      tabIndex={-1}
      hidden={suggestions.length === 0}
    >
      {suggestions.map((suggestion, at) => (
        // Keys are the box's, which has the focus.
        // eslint-disable-next-line jsx-a11y/click-events-have-key-events
        <div
          key={`${suggestion.kind} ${suggestion.text}`}
          id={`${id}-${at}`}
          role="option"
          aria-selected={at === active}
          tabIndex={-1}
          className={styles.option}
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => onAccept(suggestion)}
        >
          <span className="mono truncate">{suggestion.label}</span>
          <span className={`muted small truncate ${styles.detail ?? ""}`}>
            {suggestion.detail !== suggestion.kind && suggestion.detail}
          </span>
          <span className={styles.kind}>{suggestion.kind}</span>
        </div>
      ))}
    </div>
  );
}
