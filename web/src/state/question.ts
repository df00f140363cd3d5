/** Questions to an evaluation, and which of them is asked while a slider moves. */
import type { PredictionsSearch, Task } from "./predictionsSearch";

/** What an evaluation is asked. */
export interface Question {
  predictions: string;
  task: Task;
  query: string;
  covered_only: boolean;
  iou: number;
  confidence: number;
}

export type Thresholds = Pick<Question, "iou" | "confidence">;

export function questionOf(search: PredictionsSearch, predictions: string): Question {
  const { task, query, covered_only, iou, confidence } = search;
  return { predictions, task, query, covered_only, iou, confidence };
}

type Filter = Omit<Question, "iou" | "confidence">;

/** Whether two are about the same data, whatever their sliders. */
export function sameFilter(a: Filter, b: Filter): boolean {
  return (
    a.predictions === b.predictions &&
    a.task === b.task &&
    a.query === b.query &&
    a.covered_only === b.covered_only
  );
}

export function sameQuestion(a: Question, b: Question): boolean {
  return sameFilter(a, b) && a.iou === b.iou && a.confidence === b.confidence;
}

/**
 * Which question is asked next. While the answer to one is on its way, positions that a slider passes wait, and the
 * latest of them is asked when it has come; another set or filter is asked at once.
 */
export function nextQuestion(asked: Question, wanted: Question, busy: boolean): Question {
  if (sameQuestion(asked, wanted)) return asked;
  return busy && sameFilter(asked, wanted) ? asked : wanted;
}
