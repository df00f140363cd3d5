import { useQuery } from "@tanstack/react-query";
import type { PredictionSet } from "../../../api/client";
import { evaluationQuery } from "../../../api/predictions";
import { isClassification, operatingPointOf, type EvaluationRequest } from "../../../state/evaluationRequest";
import type { Task } from "../../../state/predictionsSearch";
import { asThreshold } from "../../../state/scores";
import { ConfidencePresets } from "./ConfidencePresets";
import { Threshold } from "./Threshold";
import { useRested } from "./useEvaluation";

interface Props {
  project: string;
  set: PredictionSet;
  task: Task;
  label: string;
  /** What of the label is shown; absent: all of it. */
  short?: string;
  /** Absent: the set's operating point. */
  confidence: number | undefined;
  /** With the greatest F1 at this IoU; null where there is none, or it is not known yet. */
  best: number | null;
  /** Undefined for the operating point. */
  onMove: (confidence: number | undefined) => void;
  onRest: () => void;
}

/** From where on a set's predictions count: a slider, and of detections what one goes to at once. */
export function ConfidenceControl({
  project,
  set,
  task,
  label,
  short,
  confidence,
  best,
  onMove,
  onRest,
}: Props) {
  return (
    <>
      <Threshold
        label={label}
        short={short}
        value={confidence ?? asThreshold(operatingPointOf(set, task))}
        least={0}
        onMove={onMove}
        onRest={onRest}
      />
      {set.kind !== "classification" && (
        <ConfidencePresets
          project={project}
          set={set}
          task={task}
          label={label}
          confidence={confidence}
          best={best}
          onChoose={(chosen) => {
            onMove(chosen);
            onRest();
          }}
        />
      )}
    </>
  );
}

/** The same of the set that another is compared with, which is evaluated for its best confidence at this IoU. */
export function ComparedConfidence({
  request,
  ...props
}: Omit<Props, "best" | "label"> & { request: EvaluationRequest }) {
  const { project, set } = props;
  const asked = useRested({ ...request, predictions: set.name, confidence: undefined });
  const { data } = useQuery({ ...evaluationQuery(project, asked), enabled: set.kind !== "classification" });
  const best = data === undefined || isClassification(data) ? null : (data.best_confidence ?? null);
  return <ConfidenceControl {...props} label={`Confidence of ${set.name}`} best={best} />;
}
