import { Link, type LinkProps } from "@tanstack/react-router";
import type { CSSProperties, FocusEventHandler, KeyboardEventHandler, ReactNode, Ref } from "react";
import { formatCount } from "../../state/format";
import { explorerTarget, nounOf, type Items } from "../../state/links";
import { itemsTarget, type PredictionsSearch } from "../../state/predictionsSearch";
import styles from "./CountLink.module.css";

interface Props {
  project: string;
  items: Items;
  /** The evaluation that the items are of: they are shown under it; absent: in the Explorer. */
  search?: PredictionsSearch;
  /** Sort key that puts the worst first, or what tells most. */
  sort?: string;
  /** Row that opens in the large view. */
  item?: number;
  /** What the items are, "moderate outliers of Sharpness"; stands before what a click does. */
  what: string;
  /** Whether it is lit up from elsewhere. */
  active?: boolean;
  /** Absent: as a number in a text or table. */
  className?: string;
  style?: CSSProperties;
  tabIndex?: number;
  linkRef?: Ref<HTMLAnchorElement>;
  onKeyDown?: KeyboardEventHandler;
  onFocus?: FocusEventHandler;
  /** Absent, or a drawing: what it is has to be said. */
  children?: ReactNode;
}

/** "Moderate outliers of Sharpness: 38 images. Click shows them in the Explorer, worst first." */
export function describeItems({ count, scope }: Items, what: string, manner: string): string {
  return `${what}: ${formatCount(count)} ${nounOf(scope, count)}. Click shows ${count === 1 ? "it" : "them"}${manner}.`;
}

/** Anything that stands for items, as a link to exactly these; what stands for none is no link. */
export function CountLink(props: Props) {
  const { project, items, search, sort, item, what, active, linkRef, children, ...rest } = props;
  const { className = styles.number, ...others } = rest;
  if (items.count === 0) {
    return (
      <span className={className} style={rest.style} data-on={active}>
        {children}
      </span>
    );
  }
  const order = sort !== undefined && items.count > 1 ? ", worst first" : "";
  const title = describeItems(items, what, search === undefined ? ` in the Explorer${order}` : "");
  const says = {
    ref: linkRef,
    title,
    "aria-label": children === undefined || active !== undefined ? title : undefined,
    "data-on": active,
    className,
    preload: false,
    ...others,
  } as const;
  if (search !== undefined) {
    return (
      <Link
        to="/p/$project/predictions/$part"
        params={{ project, part: "explorer" }}
        search={itemsTarget(search, items, sort)}
        {...says}
      >
        {children}
      </Link>
    );
  }
  return (
    <Link
      to="/p/$project/explorer"
      params={{ project }}
      search={explorerTarget(items, sort, item) as LinkProps["search"]}
      {...says}
    >
      {children}
    </Link>
  );
}
