import { useRef, useState, type KeyboardEvent } from "react";

/**
 * One Tab stop for many links, between which keys move.
 *
 * `next` says which place a key leads to from a place; null leaves the key to the browser. Returned is what a
 * link at a place takes as attributes.
 */
export function useRoving(first: string | undefined, next: (from: string, key: string) => string | null) {
  const [current, setCurrent] = useState<string | undefined>(undefined);
  const elements = useRef(new Map<string, HTMLAnchorElement>());
  return (place: string, known: (place: string) => boolean) => ({
    tabIndex: place === (current !== undefined && known(current) ? current : first) ? 0 : -1,
    onFocus: () => setCurrent(place),
    onKeyDown: (event: KeyboardEvent) => {
      const to = next(place, event.key);
      const element = to === null ? undefined : elements.current.get(to);
      if (element === undefined) return;
      event.preventDefault();
      element.focus();
    },
    linkRef: (element: HTMLAnchorElement | null) => {
      if (element === null) elements.current.delete(place);
      else elements.current.set(place, element);
    },
  });
}

/** Along a line of `count`: arrows, Home and End. */
export function stepAlong(count: number, from: number, key: string): number | null {
  const steps: Record<string, number> = {
    ArrowRight: from + 1,
    ArrowDown: from + 1,
    ArrowLeft: from - 1,
    ArrowUp: from - 1,
    Home: 0,
    End: count - 1,
  };
  const to = steps[key];
  return to === undefined || to < 0 || to >= count ? null : to;
}
