import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { formatCount } from "../../state/format";
import { nounOf, type Items } from "../../state/links";
import { itemsTarget, type PredictionsSearch } from "../../state/predictionsSearch";
import styles from "./JudgedLink.module.css";

interface Props {
  project: string;
  search: PredictionsSearch;
  items: Items;
  /** Sort key that puts first what tells most. */
  sort?: string;
  /** What the items are, "wrong predictions". */
  what: string;
  /** Whether it is lit up from elsewhere. */
  active?: boolean;
  tabIndex?: number;
  /** Absent: as a number in a text or table. */
  className?: string;
  children?: ReactNode;
}

/** What a click on a number of an evaluation does: "False positives: 38 predictions. Click shows them." */
export function describeJudged({ count, scope }: Items, what: string): string {
  return `${what}: ${formatCount(count)} ${nounOf(scope, count)}. Click shows ${count === 1 ? "it" : "them"}.`;
}

/** A number of an evaluation as a link to exactly its items, under the same evaluation. */
export function JudgedLink(props: Props) {
  const { project, search, items, sort, what, active, tabIndex, className = styles.number, children } = props;
  if (items.count === 0) {
    return (
      <span className={className} data-on={active}>
        {children}
      </span>
    );
  }
  const title = describeJudged(items, what);
  return (
    <Link
      to="/p/$project/predictions/$part"
      params={{ project, part: "explorer" }}
      search={itemsTarget(search, items, sort)}
      title={title}
      // A bar has no text of its own.
      aria-label={active === undefined ? undefined : title}
      data-on={active}
      tabIndex={tabIndex}
      className={className}
      preload={false}
    >
      {children}
    </Link>
  );
}
