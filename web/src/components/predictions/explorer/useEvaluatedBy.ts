import { useIsFetching } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { AnyEvaluation } from "../../../api/client";
import { CARDS_KEY } from "../../../api/queries";
import { evaluatedByRequest, sameButThresholds, type EvaluatedBy } from "../../../state/outcomes";
import { isClassification } from "../../../state/evaluationRequest";

/** A set beside the one that is evaluated. */
export interface ComparedSet {
  name: string;
  confidence: number;
}

/**
 * The evaluation that items are judged by: the one whose numbers have come; the sliders may be ahead of it.
 *
 * While the items of one position of a slider are on their way, later positions wait: else none would ever be seen.
 *
 * @param own whether each set counts from its own operating point.
 * @param other the set that images are compared with, and from where on its predictions count.
 */
export function useEvaluatedBy(
  project: string,
  evaluation: AnyEvaluation,
  own: boolean,
  other: ComparedSet | undefined,
): EvaluatedBy {
  const { predictions, query, covered_only } = evaluation;
  const confidence = own ? undefined : evaluation.confidence;
  const otherName = other?.name;
  const otherConfidence = own ? undefined : other?.confidence;
  const { task, iou } = isClassification(evaluation) ? {} : evaluation;
  const wanted = useMemo((): EvaluatedBy => {
    const asked = { predictions, confidence, query, covered_only };
    const evaluatedBy = evaluatedByRequest(
      task === undefined || iou === undefined ? asked : { ...asked, task, iou },
    );
    return otherName === undefined
      ? evaluatedBy
      : { ...evaluatedBy, other: otherName, compared_confidence: otherConfidence };
  }, [predictions, task, iou, confidence, query, covered_only, otherName, otherConfidence]);
  const busy = useIsFetching({ queryKey: ["project", project, CARDS_KEY] }) > 0;
  const [evaluatedBy, setEvaluatedBy] = useState<EvaluatedBy>(wanted);
  const next = busy && sameButThresholds(evaluatedBy, wanted) ? evaluatedBy : wanted;
  if (next !== evaluatedBy) setEvaluatedBy(next);
  return next;
}
