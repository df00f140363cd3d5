import { useIsFetching } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { AnyEvaluation } from "../../../api/client";
import { CARDS_KEY } from "../../../api/queries";
import { judgedBy, sameButThresholds, type Judged } from "../../../state/judged";
import { isOfClasses } from "../../../state/question";

/**
 * The evaluation that items are judged by: the one whose numbers have come; the sliders may be ahead of it.
 *
 * While the items of one position of a slider are on their way, later positions wait: else none would ever be seen.
 *
 * @param other the set that images are compared with.
 */
export function useJudged(project: string, evaluation: AnyEvaluation, other: string | undefined): Judged {
  const { predictions, confidence, query, covered_only } = evaluation;
  const { task, iou } = isOfClasses(evaluation) ? {} : evaluation;
  const wanted = useMemo((): Judged => {
    const asked = { predictions, confidence, query, covered_only };
    const judged = judgedBy(task === undefined || iou === undefined ? asked : { ...asked, task, iou });
    return { ...judged, other };
  }, [predictions, task, iou, confidence, query, covered_only, other]);
  const busy = useIsFetching({ queryKey: ["project", project, CARDS_KEY] }) > 0;
  const [judged, setJudged] = useState<Judged>(wanted);
  const next = busy && sameButThresholds(judged, wanted) ? judged : wanted;
  if (next !== judged) setJudged(next);
  return next;
}
