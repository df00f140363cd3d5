import { useQueryClient } from "@tanstack/react-query";
import { useElementSize, useMergedRef } from "@mantine/hooks";
import {
  useCallback,
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
  type Ref,
} from "react";
import { parsedQuery, queryProblem } from "../../api/filters";
import { ServerGone, type Card as CardData, type ClassInfo, type MetricSummary } from "../../api/client";
import type { Listing } from "../../api/queries";
import type { CardSize } from "../../state/explorerSearch";
import { ErrorPanel } from "../ui/ErrorPanel";
import type { SelectionControls } from "./useSelection";
import { Card } from "./Card";
import styles from "./CardGrid.module.css";
import type { Overlay } from "./CardPicture";
import { CARD_WIDTHS, layOut, moveFocus } from "./gridKeys";
import { useCards } from "./useCards";
import { useScaledVirtualizer } from "./useScaledVirtualizer";

const GAP = 8;
/** What stands below a picture: its name and value, above them what an evaluation says. */
const CAPTION_PX = 24;
const VERDICT_PX = 20;
const NAMES: Record<Listing["scope"], string> = {
  image: "Images",
  annotation: "Annotations",
  prediction: "Predictions",
};

export interface GridHandle {
  /** Bring a card into sight, if it is not, and give it the focus. */
  focusCard: (index: number) => void;
}

interface Props {
  listing: Listing;
  metric: MetricSummary | undefined;
  expectedTotal: number;
  cardSize: CardSize;
  overlay: Overlay;
  classesByRow: ReadonlyMap<number, ClassInfo>;
  tagColors: ReadonlyMap<string, string>;
  selection: SelectionControls;
  onOpen: (row: number) => void;
  /** Asked to tag, with the card that has the focus. */
  onTag: (card: CardData) => void;
  onRange: (first: number, last: number, total: number, folded: number) => void;
  empty: ReactNode;
  ref: Ref<GridHandle>;
}

function cellAt(scroller: HTMLElement | null, index: number): HTMLElement | null {
  return scroller?.querySelector<HTMLElement>(`[data-index="${index}"]`) ?? null;
}

/** All items of a listing as cards: only those in sight exist in the page. */
export function CardGrid({
  listing,
  metric,
  expectedTotal,
  cardSize,
  overlay,
  classesByRow,
  tagColors,
  selection,
  onOpen,
  onTag,
  onRange,
  empty,
  ref,
}: Props) {
  const { project, scope, query, evaluatedBy } = listing;
  const element = useRef<HTMLDivElement>(null);
  const { ref: measured, height } = useElementSize<HTMLDivElement>();
  // The width is measured inside the padding and the scroll bar: what is drawn on a card must be as wide as it.
  const { ref: content, width } = useElementSize<HTMLDivElement>();
  const scroller = useMergedRef(element, measured);
  const [focused, setFocused] = useState(0);
  const [kept, setKept] = useState<number | null>(null);
  const wantsFocus = useRef(false);
  const captionHeight = evaluatedBy === undefined ? CAPTION_PX : CAPTION_PX + VERDICT_PX;
  const { columns, cardWidth, pictureHeight, rowHeight } = layOut(
    Math.max(1, width),
    CARD_WIDTHS[cardSize],
    GAP,
    captionHeight,
  );
  const [total, setTotal] = useState(expectedTotal);
  const ready = width > 0 && height > 0;
  const rowCount = ready ? Math.ceil(total / columns) : 0;

  const { scale, contentTop, rows, scrollTo } = useScaledVirtualizer({
    element,
    rows: rowCount,
    rowHeight,
    viewportHeight: height,
    keptRow: kept === null ? null : Math.floor(kept / columns),
  });
  const nearRows = rows.filter((row) => {
    const top = row.index * rowHeight;
    return top > contentTop - 4 * rowHeight && top < contentTop + height + 4 * rowHeight;
  });
  const first = (nearRows[0]?.index ?? 0) * columns;
  const last = ((nearRows.at(-1)?.index ?? 0) + 1) * columns - 1;
  const cards = useCards(listing, first, last, expectedTotal);
  const { folded } = cards;
  if (cards.total !== undefined && cards.total !== total) setTotal(cards.total);

  const firstSeen = Math.min(Math.max(0, total - 1), Math.floor((contentTop + GAP) / rowHeight) * columns);
  const lastSeen = Math.min(total, Math.ceil((contentTop + height - GAP) / rowHeight) * columns) - 1;
  useEffect(() => {
    if (ready) onRange(firstSeen, lastSeen, total, folded);
  }, [ready, firstSeen, lastSeen, total, folded, onRange]);

  // A new order begins at its top; a changed layout keeps the first card in sight.
  const order = `${listing.scope} ${listing.sort ?? ""} ${listing.query}`;
  const anchor = useRef({ order, columns, rowHeight, first: 0 });
  useEffect(() => {
    const before = anchor.current;
    if (before.order !== order) {
      scrollTo(0);
      setFocused(0);
      setKept(null);
    } else if (before.columns !== columns || before.rowHeight !== rowHeight) {
      scrollTo(Math.floor(before.first / columns) * rowHeight);
    }
    anchor.current = { order, columns, rowHeight, first: firstSeen };
  }, [order, columns, rowHeight, firstSeen, scrollTo]);

  const reveal = useCallback(
    (index: number) => {
      const top = Math.floor(index / columns) * rowHeight;
      if (top < contentTop) scrollTo(top);
      else if (top + rowHeight > contentTop + height) scrollTo(top + rowHeight - height);
      setFocused(index);
      setKept(index);
      // A card that is not in the page yet gets the focus once it is.
      const card = cellAt(element.current, index);
      card?.focus({ preventScroll: true });
      wantsFocus.current = card === null;
    },
    [columns, contentTop, height, rowHeight, scrollTo],
  );
  useImperativeHandle(ref, () => ({ focusCard: reveal }), [reveal]);

  useEffect(() => {
    if (!wantsFocus.current) return;
    const card = cellAt(element.current, focused);
    if (card === null) return;
    wantsFocus.current = false;
    card.focus({ preventScroll: true });
  });

  const { has, toggle, extendTo } = selection;
  const select = useCallback(
    (row: number, index: number, range: boolean) => (range ? extendTo : toggle)(row, index),
    [extendTo, toggle],
  );
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const card = cards.cardAt(focused);
    const key = event.key.toLowerCase();
    if (card !== undefined && (key === "x" || key === "t")) {
      event.preventDefault();
      if (key === "t") onTag(card);
      else select(card.row, focused, event.shiftKey);
      return;
    }
    const rowsInSight = Math.floor(height / rowHeight);
    const next = moveFocus(focused, event.key, { total, columns, rowsInSight });
    if (next === null) return;
    event.preventDefault();
    reveal(next);
  };

  const size = useMemo(() => ({ width: cardWidth, height: pictureHeight }), [cardWidth, pictureHeight]);
  const tabStop = focused >= first && focused <= last ? focused : firstSeen;

  const dead = queryProblem(cards.error) !== null;
  const queries = useQueryClient();
  useEffect(() => {
    // The query has worked before: a tag that it names is gone. Once the page knows, it says so in this grid's place.
    if (dead) void queries.invalidateQueries(parsedQuery(project, scope, query, evaluatedBy));
  }, [dead, queries, project, scope, query, evaluatedBy]);

  if (dead) return <div className={styles.scroller} aria-busy />;
  if (cards.error !== null && !(cards.error instanceof ServerGone))
    return <ErrorPanel error={cards.error} onRetry={cards.retry} />;
  return (
    <div className={styles.scroller} ref={scroller} data-tray={selection.count > 0}>
      {total === 0 && <div className={styles.empty}>{empty}</div>}
      <div
        ref={content}
        role="grid"
        tabIndex={-1}
        aria-multiselectable
        aria-label={NAMES[scope]}
        aria-rowcount={rowCount}
        aria-colcount={columns}
        className={styles.content}
        style={{ height: scale.scrollHeight }}
        onKeyDown={onKeyDown}
        onFocus={(event) => {
          const index = Number((event.target as HTMLElement).dataset.index);
          if (!Number.isInteger(index)) return;
          setFocused(index);
          setKept(index);
        }}
      >
        {rows.map((row) => (
          <div
            key={row.index}
            role="row"
            aria-rowindex={row.index + 1}
            className={styles.row}
            style={{
              transform: `translateY(${row.top}px)`,
              gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
              gap: GAP,
            }}
          >
            {Array.from({ length: Math.min(columns, total - row.index * columns) }, (_, column) => {
              const index = row.index * columns + column;
              const card = cards.cardAt(index);
              return (
                <Card
                  key={index}
                  listing={listing}
                  card={card}
                  index={index}
                  tabbable={index === tabStop}
                  size={size}
                  captionHeight={captionHeight}
                  overlay={overlay}
                  metric={metric}
                  classesByRow={classesByRow}
                  tagColors={tagColors}
                  selected={card !== undefined && has(card.row)}
                  selecting={selection.count > 0}
                  onSelect={select}
                  onOpen={onOpen}
                />
              );
            })}
          </div>
        ))}
      </div>
    </div>
  );
}
