import { useEffect, useRef } from "react";
import { isCommand, isCovered, isTyping } from "../../state/keys";

export interface PageKeys {
  /** Ctrl or ⌘ Z. */
  undo: () => void;
  /** Ctrl or ⌘ A; null where there is nothing to select. */
  selectAll: (() => void) | null;
  /** Esc and T; null where nothing is selected. */
  clear: (() => void) | null;
  tag: (() => void) | null;
}

/** Keys of the page as a whole: they act wherever the focus is, but not in text fields or under a dialog. */
export function usePageKeys(keys: PageKeys): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || isTyping(event.target)) return;
      const { undo, selectAll, clear, tag } = latest.current;
      const key = event.key.toLowerCase();
      if (isCommand(event)) {
        if (key === "z" && !event.shiftKey) {
          event.preventDefault();
          undo();
        } else if (key === "a" && !isCovered() && selectAll !== null) {
          event.preventDefault();
          selectAll();
        }
        return;
      }
      if (event.altKey || isCovered()) return;
      const action = { escape: clear, t: tag }[key];
      if (action == null) return;
      event.preventDefault();
      action();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}
