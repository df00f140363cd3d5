import { useCallback, useEffect, useRef, useState } from "react";
import type { Thresholds } from "../../state/question";

/** Browsers refuse to rewrite an address more often than some hundred times in half a minute. */
const COMMIT_MS = 250;

/**
 * Positions of the sliders: at once here, a moment later in the address.
 *
 * @param kept those of the address; when they change by Back or a link, the sliders follow.
 */
export function useThresholds(kept: Thresholds, commit: (thresholds: Thresholds) => void) {
  const [draft, setDraft] = useState<Thresholds | null>(null);
  const [seen, setSeen] = useState(kept);
  if (seen.iou !== kept.iou || seen.confidence !== kept.confidence) {
    setSeen(kept);
    if (draft !== null && draft.iou === kept.iou && draft.confidence === kept.confidence) setDraft(null);
  }
  const waiting = useRef<Thresholds | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const write = useRef(commit);
  useEffect(() => {
    write.current = commit;
  });
  const flush = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = undefined;
    if (waiting.current !== null) write.current(waiting.current);
    waiting.current = null;
  }, []);
  useEffect(() => () => clearTimeout(timer.current), []);
  const now = draft ?? kept;
  const move = useCallback(
    (change: Partial<Thresholds>) => {
      const next = { ...now, ...change };
      setDraft(next);
      waiting.current = next;
      timer.current ??= setTimeout(flush, COMMIT_MS);
    },
    [now, flush],
  );
  return { thresholds: now, move, flush };
}
