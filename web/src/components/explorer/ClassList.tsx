import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef, useState, type MouseEvent } from "react";
import { formatCount } from "../../state/format";
import { isWanted, withAlso, withOnly, type TermText } from "../../state/queryText";
import { isCommand } from "../../state/keys";
import { SideSection } from "../ui/SideSection";
import styles from "../ui/SideSection.module.css";

const AT_FIRST = 14;
const ROW_HEIGHT = 24;
const OVERSCAN = 6;

export interface ClassValue {
  name: string;
  color: string;
  /** Null: it is not known. */
  count: number | null;
  /** The term that lets this class through. */
  query: string;
}

interface Props {
  values: readonly ClassValue[];
  terms: readonly TermText[];
  onChange: (query: string) => void;
}

interface ItemProps {
  value: ClassValue;
  most: number;
  pressed: boolean;
  onPress: (event: MouseEvent) => void;
}

function ClassItem({ value, most, pressed, onPress }: ItemProps) {
  return (
    <button
      type="button"
      className={styles.item}
      aria-pressed={pressed}
      title={`${value.name}: click filters, with Ctrl or ⌘ it is added by “or”`}
      onClick={onPress}
    >
      {value.count !== null && <i style={{ width: `${(value.count / most) * 100}%` }} />}
      <span className="dot" style={{ background: value.color }} />
      <span className="truncate">{value.name}</span>
      <span className={styles.count}>{value.count !== null && formatCount(value.count)}</span>
    </button>
  );
}

/** However many classes there are, only those in sight are in the page. */
function LongList({ count, render }: { count: number; render: (index: number) => React.ReactNode }) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
  });
  return (
    <div ref={scroller} className={styles.scroller}>
      <ul className={styles.rows} style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, start }) => (
          <li key={index} style={{ transform: `translateY(${start}px)` }}>
            {render(index)}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The classes with their counts among the filtered items; one click filters by a class. */
export function ClassList({ values, terms, onChange }: Props) {
  const [all, setAll] = useState(false);
  const [search, setSearch] = useState("");
  const most = values.reduce((largest, value) => Math.max(largest, value.count ?? 0), 1);
  const wanted = search.trim().toLowerCase();
  const found = wanted === "" ? values : values.filter((value) => value.name.toLowerCase().includes(wanted));
  const hidden = values.length - AT_FIRST;
  const render = (index: number): React.ReactNode => {
    const value = found[index];
    if (value === undefined) return null;
    return (
      <ClassItem
        value={value}
        most={most}
        pressed={isWanted(terms, "class", value.query)}
        onPress={(event) => onChange((isCommand(event) ? withAlso : withOnly)(terms, "class", value.query))}
      />
    );
  };
  return (
    <SideSection title="Class" action={formatCount(values.length)}>
      {values.length === 0 && <p className="muted">Nothing is annotated in this project.</p>}
      {all && (
        <input
          className={styles.find}
          type="search"
          aria-label="Find a class"
          placeholder="Find a class"
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      )}
      {all ? (
        <LongList count={found.length} render={render} />
      ) : (
        <ul>
          {values.slice(0, AT_FIRST).map((value, index) => (
            <li key={value.name}>{render(index)}</li>
          ))}
        </ul>
      )}
      {all && found.length === 0 && <p className="muted small">No class is called that.</p>}
      {hidden > 0 && (
        <button
          type="button"
          className={`btn quiet ${styles.more ?? ""}`}
          aria-expanded={all}
          onClick={() => {
            setAll(!all);
            setSearch("");
          }}
        >
          {all ? "Show fewer" : `${formatCount(hidden)} more…`}
        </button>
      )}
    </SideSection>
  );
}
