import { Link } from "@tanstack/react-router";
import type { CSSProperties, ReactNode } from "react";
import { formatCount } from "../../state/format";
import { nounOf, type Items } from "../../state/links";
import { itemsTarget, type PredictionsSearch } from "../../state/predictionsSearch";

interface Props {
  project: string;
  search: PredictionsSearch;
  items: Items;
  /** Sort key that puts first what tells most. */
  sort?: string;
  /** What the items are, "wrong predictions". */
  what: string;
  className?: string;
  style?: CSSProperties;
  children?: ReactNode;
}

/** What a click on a number of an evaluation does: "False positives: 38 predictions. Click shows them." */
export function describeJudged({ count, scope }: Items, what: string): string {
  return `${what}: ${formatCount(count)} ${nounOf(scope, count)}. Click shows ${count === 1 ? "it" : "them"}.`;
}

/** A number of an evaluation as a link to exactly its items, under the same evaluation. */
export function JudgedLink({ project, search, items, sort, what, children, ...rest }: Props) {
  if (items.count === 0) return <span {...rest}>{children}</span>;
  const title = describeJudged(items, what);
  return (
    <Link
      to="/p/$project/predictions/$part"
      params={{ project, part: "explorer" }}
      search={itemsTarget(search, items, sort)}
      title={title}
      aria-label={children === undefined ? title : undefined}
      preload={false}
      {...rest}
    >
      {children}
    </Link>
  );
}
