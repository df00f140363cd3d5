/** Questions to an evaluation, and which of them is asked while a slider moves. */
import type { PredictionSet } from "../api/client";
import type { PredictionsSearch, Task } from "./predictionsSearch";

const CLASSIFICATION = "classification";

interface Asked {
  predictions: string;
  query: string;
  covered_only: boolean;
  /** Absent: that of the set. */
  confidence?: number;
}

/** What is asked of a set of detections. */
export interface DetectionRequest extends Asked {
  task: Task;
  iou: number;
}

/** What is asked of a set of classifications: nothing overlaps there. */
export interface ClassificationRequest extends Asked {
  task?: undefined;
  iou?: undefined;
}

/** What an evaluation is asked. */
export type EvaluationRequest = DetectionRequest | ClassificationRequest;

export interface Thresholds {
  iou: number;
  /** Absent: that of the set. */
  confidence?: number;
}

/** From which confidence on a set's predictions count where nothing else is asked; 0 where nothing can be found. */
export function operatingPointOf(
  { kind, operating_points }: Pick<PredictionSet, "kind" | "operating_points">,
  task: Task,
): number {
  return operating_points[kind === CLASSIFICATION ? CLASSIFICATION : task]?.confidence ?? 0;
}

/** What the address asks of a set at the sliders. */
export function requestOf(
  { task, query, covered_only }: PredictionsSearch,
  { name: predictions, kind }: Pick<PredictionSet, "name" | "kind">,
  { iou, confidence }: Thresholds,
): EvaluationRequest {
  const asked = { predictions, query, covered_only, confidence };
  return kind === "classification" ? asked : { ...asked, task, iou };
}

/** Whether a request, or the answer to one, is about a set of classifications. */
export function isClassification<T extends { task?: string }>(
  asked: T,
): asked is Extract<T, { task?: typeof CLASSIFICATION | undefined }> {
  return asked.task === undefined || asked.task === CLASSIFICATION;
}

interface Filter {
  predictions: string;
  task?: Task | typeof CLASSIFICATION;
  query: string;
  covered_only: boolean;
}

/** Whether two are about the same data, whatever their sliders. */
export function sameFilter(a: Filter, b: Filter): boolean {
  return (
    a.predictions === b.predictions &&
    (a.task ?? CLASSIFICATION) === (b.task ?? CLASSIFICATION) &&
    a.query === b.query &&
    a.covered_only === b.covered_only
  );
}

export function sameRequest(a: EvaluationRequest, b: EvaluationRequest): boolean {
  return sameFilter(a, b) && a.iou === b.iou && a.confidence === b.confidence;
}

/**
 * Which request is asked next. While the answer to one is on its way, positions that a slider passes wait, and the
 * latest of them is asked when it has come; another set or filter is asked at once.
 */
export function nextRequest<Q extends EvaluationRequest>(asked: Q, wanted: Q, busy: boolean): Q {
  if (sameRequest(asked, wanted)) return asked;
  return busy && sameFilter(asked, wanted) ? asked : wanted;
}
