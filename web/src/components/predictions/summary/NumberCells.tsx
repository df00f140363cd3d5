import type { ReactNode } from "react";
import { formatCount } from "../../../state/format";
import type { Items } from "../../../state/links";
import type { PredictionsSearch } from "../../../state/predictionsSearch";
import strip from "../../ui/NumberStrip.module.css";
import { CountLink } from "../../ui/CountLink";
import styles from "./Numbers.module.css";
import { describeInterval, formatEnds, NO_INTERVAL } from "../../../state/scores";

interface IntervalProps {
  /** Absent: it has not come yet; null: there are too few objects for one. */
  of: readonly number[] | null | undefined;
  /** The number. */
  value: number | null;
  /** Whether it is the interval of the number above it. */
  fresh: boolean;
  /** Stands in its place until it has come. */
  otherwise?: ReactNode;
}

/** "0.423–0.483", dimmed while it is one of a moment ago. */
export function Interval({ of, value, fresh, otherwise }: IntervalProps) {
  if (of === null) {
    return (
      <span className={styles.late} data-old={!fresh} title={NO_INTERVAL}>
        too few for an interval
      </span>
    );
  }
  const text = formatEnds(of);
  if (text === null) return otherwise;
  return (
    <span className={styles.late} data-old={!fresh} title={describeInterval(of, value)}>
      {text}
    </span>
  );
}

interface CountProps {
  project: string;
  search: PredictionsSearch;
  /** What finds them; absent: nothing does. */
  found: Pick<Items, "scope" | "query"> | undefined;
  count: number;
  what: string;
  tone?: "tp" | "fp" | "fn";
}

/** A count in a strip of numbers, which leads to its items. */
export function ItemCount({ project, search, found, count, what, tone }: CountProps) {
  if (found === undefined) return formatCount(count);
  return (
    <CountLink
      project={project}
      search={search}
      items={{ scope: found.scope, query: found.query, count }}
      what={what}
      className={`${strip.number ?? ""} ${tone === undefined ? "" : (styles[tone] ?? "")}`}
    >
      {formatCount(count)}
    </CountLink>
  );
}
