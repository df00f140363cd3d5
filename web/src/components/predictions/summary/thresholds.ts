/** A confidence for each class: by what it is chosen, and what its table shows. */
import type { ClassThreshold } from "../../../api/client";
import type { ThresholdsRequest } from "../../../api/predictions";
import type { DetectionRequest } from "../../../state/evaluationRequest";
import type { PredictionsSearch, ThresholdRule } from "../../../state/predictionsSearch";

type Rule = ThresholdRule | "f1";

export const RULES: readonly (readonly [Rule, string, string])[] = [
  ["f1", "Best F1", "Where F1 is greatest"],
  ["precision", "Precision ≥", "The lowest confidence with so much precision, which finds most"],
  ["recall", "Recall ≥", "The highest confidence with so much recall, which errs least"],
];

/** What the panel asks: whatever the confidence slider says, all scores are looked at. */
export function thresholdsRequest(
  request: DetectionRequest,
  { rule, least }: Pick<PredictionsSearch, "rule" | "least">,
): ThresholdsRequest {
  const asked = { ...request, confidence: undefined };
  return rule === undefined ? asked : { ...asked, [rule]: least };
}

/** What of the table orders it. */
export const THRESHOLD_COLUMNS = [
  {
    key: "confidence",
    label: "Confidence",
    title: "Keep the predictions of the class from here on; a dash: no confidence does what is asked for",
    value: (row: ClassThreshold) => row.confidence,
  },
  {
    key: "precision",
    label: "Precision",
    title: "Share of the kept predictions that are right",
    value: (row: ClassThreshold) => row.precision,
  },
  {
    key: "recall",
    label: "Recall",
    title: "Share of the annotations that are found",
    value: (row: ClassThreshold) => row.recall,
  },
  {
    key: "f1",
    label: "F1",
    title: "Harmonic mean of precision and recall",
    value: (row: ClassThreshold) => row.f1,
  },
] as const;

/** Counts beside it, each with what finds its items: right and wrong predictions stay so whatever is cut below them. */
export const THRESHOLD_COUNTS = [
  {
    key: "tp",
    label: "TP",
    title: "Right predictions that are kept",
    value: (row: ClassThreshold) => row.tp,
  },
  {
    key: "fp",
    label: "FP",
    title: "Wrong predictions that are kept",
    value: (row: ClassThreshold) => row.fp,
  },
  {
    key: "fn",
    label: "FN",
    title: "Annotations that are missed then",
    value: (row: ClassThreshold) => row.fn,
  },
] as const;
