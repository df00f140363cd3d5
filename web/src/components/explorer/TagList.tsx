import { useState } from "react";
import { formatCount } from "../../state/format";
import { isCommand } from "../../state/keys";
import { isWanted, withAlso, withToggled, type TermText } from "../../state/queryText";
import { SideSection } from "../ui/SideSection";
import styles from "../ui/SideSection.module.css";

const AT_FIRST = 12;

interface CountedTag {
  name: string;
  color: string;
  /** How many items it marks of those that pass the filter. */
  count: number;
  /** The term that lets its items through. */
  term: string;
}

interface Props {
  tags: readonly CountedTag[];
  terms: readonly TermText[];
  onChange: (query: string) => void;
  onManage: () => void;
}

/** The tags with how many of the filtered items they mark; one click filters by a tag. */
export function TagList({ tags, terms, onChange, onManage }: Props) {
  const [all, setAll] = useState(false);
  const shown = all ? tags : tags.slice(0, AT_FIRST);
  return (
    <SideSection
      title="Tags"
      action={
        <button type="button" className="btn quiet" aria-label="Manage tags" onClick={onManage}>
          manage
        </button>
      }
    >
      {tags.length === 0 && (
        <p className="muted small">
          Select items and press <kbd className="kbd">T</kbd> to tag them.
        </p>
      )}
      <ul>
        {shown.map((tag) => (
          <li key={tag.name}>
            <button
              type="button"
              className={styles.item}
              aria-pressed={isWanted(terms, "tag", tag.term)}
              title={`${tag.name}: click filters, with Ctrl or ⌘ it is added by “or”`}
              onClick={(event) =>
                onChange(isCommand(event) ? withAlso(terms, "tag", tag.term) : withToggled(terms, tag.term))
              }
            >
              <span className={styles.square} style={{ background: tag.color }} />
              <span className="truncate">{tag.name}</span>
              <span className={styles.count}>{formatCount(tag.count)}</span>
            </button>
          </li>
        ))}
      </ul>
      {tags.length > AT_FIRST && (
        <button
          type="button"
          className={`btn quiet ${styles.more ?? ""}`}
          aria-expanded={all}
          onClick={() => setAll(!all)}
        >
          {all ? "Show fewer" : `${formatCount(tags.length - AT_FIRST)} more…`}
        </button>
      )}
    </SideSection>
  );
}
