import { useCallback, useEffect, useRef, useState } from "react";
import type { Thresholds } from "../../../state/evaluationRequest";

/** Browsers refuse to rewrite an address more often than some hundred times in half a minute. */
const COMMIT_MS = 250;

function isSame(a: Thresholds, b: Thresholds): boolean {
  return a.iou === b.iou && a.confidence === b.confidence && a.compared_confidence === b.compared_confidence;
}

/**
 * Positions of the sliders: at once here, a moment later in the address.
 *
 * @param kept those of the address; when they change by Back or a link, the sliders follow.
 */
export function useThresholds(kept: Thresholds, commit: (thresholds: Thresholds) => void) {
  const [draft, setDraft] = useState<Thresholds | null>(null);
  const [seen, setSeen] = useState(kept);
  if (!isSame(seen, kept)) {
    setSeen(kept);
    if (draft !== null && isSame(draft, kept)) setDraft(null);
  }
  const waiting = useRef<Thresholds | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const latest = useRef({ commit, kept });
  useEffect(() => {
    latest.current = { commit, kept };
  });
  const flush = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = undefined;
    const next = waiting.current;
    waiting.current = null;
    if (next === null) return;
    // Back where it began, the address does not change, and the sliders follow it again.
    if (isSame(next, latest.current.kept)) setDraft(null);
    else latest.current.commit(next);
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
