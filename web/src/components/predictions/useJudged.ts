import { useIsFetching } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { Evaluation } from "../../api/client";
import { CARDS_KEY } from "../../api/queries";
import { sameButThresholds, type Judged } from "../../state/judged";

/**
 * The evaluation that items are judged by: the one whose numbers have come; the sliders may be ahead of it.
 *
 * While the items of one position of a slider are on their way, later positions wait: else none would ever be seen.
 */
export function useJudged(project: string, evaluation: Evaluation): Judged {
  const { predictions, task, iou, confidence, query: within, covered_only } = evaluation;
  const wanted = useMemo(
    () => ({ predictions, task, iou, confidence, within, covered_only }),
    [predictions, task, iou, confidence, within, covered_only],
  );
  const busy = useIsFetching({ queryKey: ["project", project, CARDS_KEY] }) > 0;
  const [judged, setJudged] = useState<Judged>(wanted);
  const next = busy && sameButThresholds(judged, wanted) ? judged : wanted;
  if (next !== judged) setJudged(next);
  return next;
}
