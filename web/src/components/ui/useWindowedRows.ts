import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";

/** The rows of a long table that are in view, with the heights of what is left out above and below. */
export function useWindowedRows(count: number, rowPx: number) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 10,
  });
  const shown = virtual.getVirtualItems();
  return {
    scroller,
    indices: shown.map(({ index }) => index),
    above: shown[0]?.start ?? 0,
    below: virtual.getTotalSize() - (shown.at(-1)?.end ?? 0),
  };
}
