/**
 * Scrolling through more height than a browser can lay out.
 *
 * Browsers cap an element's height at 16 to 33 million px. Above `MAX_HEIGHT` the scrolled element keeps that height
 * and every position is scaled: `content` positions (rows × row height) to `scroll` positions (what the browser sees).
 */
export const MAX_HEIGHT = 15_000_000;

export interface ScrollScale {
  /** Height of the scrolled element. */
  scrollHeight: number;
  /** Height that all rows would take. */
  contentHeight: number;
  /** From a scroll position to a content position and back. */
  toContent: (scrollTop: number) => number;
  toScroll: (contentTop: number) => number;
  scaled: boolean;
}

export function scrollScale(contentHeight: number, viewportHeight: number): ScrollScale {
  if (contentHeight <= MAX_HEIGHT) {
    const same = (top: number): number => top;
    return {
      scrollHeight: contentHeight,
      contentHeight,
      toContent: same,
      toScroll: same,
      scaled: false,
    };
  }
  const contentRoom = Math.max(1, contentHeight - viewportHeight);
  const scrollRoom = Math.max(1, MAX_HEIGHT - viewportHeight);
  const clamp = (value: number, room: number): number => Math.min(room, Math.max(0, value));
  return {
    scrollHeight: MAX_HEIGHT,
    contentHeight,
    toContent: (top) => (clamp(top, scrollRoom) / scrollRoom) * contentRoom,
    toScroll: (top) => (clamp(top, contentRoom) / contentRoom) * scrollRoom,
    scaled: true,
  };
}
