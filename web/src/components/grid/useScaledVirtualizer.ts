import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, type RefObject } from "react";
import { scrollScale, type ScrollScale } from "./scrollScale";

const OVERSCAN = 3;
const SCROLL_END_MS = 150;

interface Options {
  element: RefObject<HTMLDivElement | null>;
  rows: number;
  rowHeight: number;
  viewportHeight: number;
  /** A row that stays rendered wherever the grid is scrolled to, so that it keeps the focus. */
  keptRow: number | null;
}

export interface ScaledVirtualizer {
  scale: ScrollScale;
  /** Position of the first pixel in sight among all rows. */
  contentTop: number;
  rows: { index: number; top: number }[];
  /** Scroll to a content position. */
  scrollTo: (contentTop: number) => void;
}

type Instance = Virtualizer<HTMLDivElement, HTMLDivElement>;

/** Rows of equal height, virtualised, however many there are. */
export function useScaledVirtualizer({
  element,
  rows,
  rowHeight,
  viewportHeight,
  keptRow,
}: Options): ScaledVirtualizer {
  const scale = useMemo(
    () => scrollScale(rows * rowHeight, viewportHeight),
    [rows, rowHeight, viewportHeight],
  );
  // Where scrolling is scaled, a position as the browser stores it is too coarse to step by one row.
  const exact = useRef({ scroll: -1, content: 0 });
  const latest = useRef(scale);
  useEffect(() => {
    latest.current = scale;
  }, [scale]);

  const virtualizer = useVirtualizer<HTMLDivElement, HTMLDivElement>({
    count: rows,
    getScrollElement: () => element.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    rangeExtractor: ({ startIndex, endIndex, overscan, count }) => {
      const first = Math.max(0, startIndex - overscan);
      const last = Math.min(count - 1, endIndex + overscan);
      const range = Array.from({ length: Math.max(0, last - first + 1) }, (_, step) => first + step);
      if (keptRow !== null && keptRow < count) {
        if (keptRow < first) range.unshift(keptRow);
        if (keptRow > last) range.push(keptRow);
      }
      return range;
    },
    observeElementOffset: (instance: Instance, report) => {
      const scrolled = instance.scrollElement;
      if (scrolled === null) return undefined;
      let ended: ReturnType<typeof setTimeout> | undefined;
      const read = (): number => {
        const near = Math.abs(scrolled.scrollTop - exact.current.scroll) < 1;
        return near ? exact.current.content : latest.current.toContent(scrolled.scrollTop);
      };
      const onScroll = (): void => {
        clearTimeout(ended);
        ended = setTimeout(() => report(read(), false), SCROLL_END_MS);
        report(read(), true);
      };
      report(read(), false);
      scrolled.addEventListener("scroll", onScroll, { passive: true });
      return () => {
        clearTimeout(ended);
        scrolled.removeEventListener("scroll", onScroll);
      };
    },
    scrollToFn: (offset, _options, instance: Instance) => {
      instance.scrollElement?.scrollTo({ top: latest.current.toScroll(offset) });
    },
  });

  useEffect(() => {
    virtualizer.measure();
  }, [virtualizer, rowHeight]);

  const scrollTo = useMemo(
    () =>
      (contentTop: number): void => {
        const scrolled = element.current;
        if (scrolled === null) return;
        const { contentHeight, toScroll, scaled } = latest.current;
        const content = Math.min(Math.max(0, contentTop), Math.max(0, contentHeight - scrolled.clientHeight));
        scrolled.scrollTop = toScroll(content);
        exact.current = scaled ? { scroll: scrolled.scrollTop, content } : { scroll: -1, content: 0 };
        scrolled.dispatchEvent(new Event("scroll"));
      },
    [element],
  );

  const contentTop = virtualizer.scrollOffset ?? 0;
  useEffect(() => {
    const scrolled = element.current;
    if (scrolled === null || !scale.scaled) return undefined;
    // A turn of the wheel moves by as many pixels as anywhere else, not by the scaled distance.
    const onWheel = (event: WheelEvent): void => {
      if (event.ctrlKey) return;
      event.preventDefault();
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      const near = Math.abs(scrolled.scrollTop - exact.current.scroll) < 1;
      const from = near ? exact.current.content : scale.toContent(scrolled.scrollTop);
      scrollTo(from + event.deltaY * unit);
    };
    scrolled.addEventListener("wheel", onWheel, { passive: false });
    return () => scrolled.removeEventListener("wheel", onWheel);
  }, [element, scale, scrollTo]);

  const shift = scale.toScroll(contentTop) - contentTop;
  return {
    scale,
    contentTop,
    rows: virtualizer.getVirtualItems().map(({ index }) => ({ index, top: index * rowHeight + shift })),
    scrollTo,
  };
}
