import { Link, type LinkProps } from "@tanstack/react-router";
import type { CSSProperties, KeyboardEventHandler, ReactNode, FocusEventHandler, Ref } from "react";
import { formatCount } from "../../state/format";
import { explorerTarget, nounOf, type Items } from "../../state/links";

interface Props {
  project: string;
  items: Items;
  /** Sort key that puts the worst first. */
  sort?: string;
  /** Row that opens in the large view. */
  item?: number;
  /** What the items are, "moderate outliers of Sharpness"; stands before what a click does. */
  what: string;
  className?: string;
  style?: CSSProperties;
  tabIndex?: number;
  linkRef?: Ref<HTMLAnchorElement>;
  onKeyDown?: KeyboardEventHandler;
  onFocus?: FocusEventHandler;
  children?: ReactNode;
}

/** "38 images, moderate outliers of Sharpness. Click shows them in the Explorer." */
export function describeItems({ count, scope }: Items, what: string, sorted: boolean): string {
  const them = count === 1 ? "it" : "them";
  return `${what}: ${formatCount(count)} ${nounOf(scope, count)}. Click shows ${them} in the Explorer${
    sorted && count > 1 ? ", worst first" : ""
  }.`;
}

/** Anything that stands for items, as a link to exactly these; what stands for none is no link. */
export function ItemsLink({ project, items, sort, item, what, linkRef, children, ...rest }: Props) {
  if (items.count === 0) {
    return (
      <span className={rest.className} style={rest.style}>
        {children}
      </span>
    );
  }
  const search = explorerTarget(items, sort, item) as LinkProps["search"];
  const title = describeItems(items, what, sort !== undefined);
  return (
    <Link
      ref={linkRef}
      to="/p/$project/explorer"
      params={{ project }}
      search={search}
      title={title}
      aria-label={children === undefined ? title : undefined}
      preload={false}
      {...rest}
    >
      {children}
    </Link>
  );
}
