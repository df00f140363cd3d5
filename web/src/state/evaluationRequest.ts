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

/** What is asked of two sets. */
export type ComparisonRequest = EvaluationRequest & { other: string; compared_confidence?: number };

export interface Thresholds {
  iou: number;
  /** Absent: that of the set. */
  confidence?: number;
  /** Of the set that it is compared with; absent: that of this other set. */
  compared_confidence?: number;
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

type Counting = Pick<PredictionSet, "kind" | "operating_points">;

/**
 * From where on the predictions of two sets count. Neither is said where both count from their operating points; else
 * both are, since the API takes one alone to be meant for both.
 */
export function confidencesOf(
  { confidence, compared_confidence: compared }: Omit<Thresholds, "iou">,
  first: Counting,
  second: Counting,
  task: Task,
): { confidence?: number; compared_confidence?: number } {
  if (confidence === undefined && compared === undefined) return {};
  return {
    confidence: confidence ?? operatingPointOf(first, task),
    compared_confidence: compared ?? operatingPointOf(second, task),
  };
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

export function sameComparison(a: ComparisonRequest, b: ComparisonRequest): boolean {
  return sameRequest(a, b) && a.other === b.other && a.compared_confidence === b.compared_confidence;
}

/**
 * Which request is asked next. While the answer to one is on its way, positions that a slider passes wait, and the
 * latest of them is asked when it has come; another set or filter is asked at once.
 */
export function nextRequest<Q extends EvaluationRequest>(asked: Q, wanted: Q, busy: boolean): Q {
  if (sameRequest(asked, wanted)) return asked;
  return busy && sameFilter(asked, wanted) ? asked : wanted;
}
