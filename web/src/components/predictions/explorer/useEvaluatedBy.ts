import { useIsFetching } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { AnyEvaluation } from "../../../api/client";
import { CARDS_KEY } from "../../../api/queries";
import { evaluatedByRequest, sameButThresholds, type EvaluatedBy } from "../../../state/outcomes";
import { isClassification } from "../../../state/evaluationRequest";

/**
 * The evaluation that items are judged by: the one whose numbers have come; the sliders may be ahead of it.
 *
 * While the items of one position of a slider are on their way, later positions wait: else none would ever be seen.
 *
 * @param other the set that images are compared with.
 * @param own whether each set counts from its own operating point.
 */
export function useEvaluatedBy(
  project: string,
  evaluation: AnyEvaluation,
  other: string | undefined,
  own: boolean,
): EvaluatedBy {
  const { predictions, query, covered_only } = evaluation;
  const confidence = own ? undefined : evaluation.confidence;
  const { task, iou } = isClassification(evaluation) ? {} : evaluation;
  const wanted = useMemo((): EvaluatedBy => {
    const asked = { predictions, confidence, query, covered_only };
    const evaluatedBy = evaluatedByRequest(
      task === undefined || iou === undefined ? asked : { ...asked, task, iou },
    );
    return { ...evaluatedBy, other };
  }, [predictions, task, iou, confidence, query, covered_only, other]);
  const busy = useIsFetching({ queryKey: ["project", project, CARDS_KEY] }) > 0;
  const [evaluatedBy, setEvaluatedBy] = useState<EvaluatedBy>(wanted);
  const next = busy && sameButThresholds(evaluatedBy, wanted) ? evaluatedBy : wanted;
  if (next !== evaluatedBy) setEvaluatedBy(next);
  return next;
}
