/** What an evaluation tells by itself of the items that the Explorer lists, without asking again. */
import type {
  AnyEvaluation,
  Classification,
  ClassifiedClass,
  ClassResult,
  Evaluation,
} from "../../api/client";
import type { ItemScope } from "../../api/client";
import { isOutcomeOn, outcomeTerm, REASONS, reasonTerm } from "../../state/judged";
import type { Show } from "../../state/predictionsSearch";
import { isOfClasses } from "../../state/question";
import type { TermText } from "../../state/queryText";
import type { ClassValue } from "../explorer/ClassList";

/** The numbers by the term that finds their items. */
export function toldCounts(scope: ItemScope, evaluation: AnyEvaluation): Map<string, number> {
  if (scope === "image") return new Map();
  return isOfClasses(evaluation) ? classified(scope, evaluation) : detected(scope, evaluation);
}

function detected(scope: ItemScope, evaluation: Evaluation): Map<string, number> {
  const { tp, fp, fn, annotations, ignored, errors } = evaluation;
  if (scope === "annotation") {
    return new Map([
      [outcomeTerm("fn"), fn],
      [outcomeTerm("matched"), annotations - fn],
      [outcomeTerm("ignored"), ignored],
      [reasonTerm("missed"), errors.missed?.count ?? 0],
    ]);
  }
  return new Map([
    [outcomeTerm("tp"), tp],
    [outcomeTerm("fp"), fp],
    ...REASONS[scope].map((reason) => [reasonTerm(reason), errors[reason]?.count ?? 0] as const),
  ]);
}

function classified(scope: ItemScope, evaluation: Classification): Map<string, number> {
  const { correct, misclassified, unpredicted } = evaluation;
  if (scope === "prediction") {
    return new Map([
      [outcomeTerm("tp"), correct],
      [outcomeTerm("fp"), misclassified],
    ]);
  }
  return new Map([
    [outcomeTerm("matched"), correct],
    [reasonTerm("class"), misclassified],
    [reasonTerm("missed"), unpredicted],
  ]);
}

/** How many items there are before anything is asked for. */
export function everythingOf(evaluation: AnyEvaluation, show: Show): number {
  const { images } = evaluation;
  if (isOfClasses(evaluation)) {
    const { correct, misclassified, unpredicted } = evaluation;
    const predictions = correct + misclassified;
    return { predictions, annotations: predictions + unpredicted, images }[show];
  }
  const { tp, fp, annotations } = evaluation;
  return { predictions: tp + fp, annotations, images }[show];
}

/** How many items of a class there are under the outcomes that are asked for. */
function countDetected(row: ClassResult, show: Show, terms: readonly TermText[]): number {
  const { tp, fp, fn, annotations } = row;
  const [first, second] = show === "predictions" ? [tp, fp] : [annotations - fn, fn];
  if (show === "images") return annotations;
  const [onFirst, onSecond] = (
    show === "predictions" ? (["tp", "fp"] as const) : (["matched", "fn"] as const)
  ).map((outcome) => isOutcomeOn(terms, outcome));
  if (onFirst === onSecond) return first + second;
  return onFirst === true ? first : second;
}

/** Null where it is not told: how many labels of a class nothing is predicted for. */
function countClassified(row: ClassifiedClass, show: Show, terms: readonly TermText[]): number | null {
  const { support, predicted, correct } = row;
  const all = show === "predictions" ? predicted : support;
  const asks = (...texts: string[]): boolean => terms.some(({ text }) => texts.includes(text));
  if (asks("outcome:tp", "outcome:matched")) return correct;
  if (asks("outcome:fp", "reason:class")) return all - correct;
  return asks("reason:missed", "outcome:ignored") ? null : all;
}

/** The classes with how many items they have, the most frequent first. */
export function classValues(evaluation: AnyEvaluation, show: Show, terms: readonly TermText[]): ClassValue[] {
  const counted = isOfClasses(evaluation)
    ? evaluation.per_class.map((row) => ({ row, count: countClassified(row, show, terms) }))
    : evaluation.per_class.map((row) => ({ row, count: countDetected(row, show, terms) }));
  return counted
    .map(({ row, count }) => ({ name: row.class, color: row.color, count, query: row.query }))
    .toSorted((a, b) => (b.count ?? 0) - (a.count ?? 0));
}
