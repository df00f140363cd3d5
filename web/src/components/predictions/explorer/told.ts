/** What an evaluation tells by itself of the items that the Explorer lists, without asking again. */
import type {
  AnyEvaluation,
  Classification,
  ClassifiedClass,
  ClassResult,
  Evaluation,
} from "../../../api/client";
import type { ItemScope } from "../../../api/client";
import { outcomeTerm, REASONS, reasonTerm } from "../../../state/outcomes";
import type { Show } from "../../../state/predictionsSearch";
import { isClassification } from "../../../state/evaluationRequest";
import type { ClassValue } from "../../explorer/ClassList";

/** The numbers by the term that finds their items. */
export function toldCounts(scope: ItemScope, evaluation: AnyEvaluation): Map<string, number> {
  if (scope === "image") return new Map();
  return isClassification(evaluation) ? classified(scope, evaluation) : detected(scope, evaluation);
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
  if (isClassification(evaluation)) {
    const { correct, misclassified, unpredicted } = evaluation;
    const predictions = correct + misclassified;
    return { predictions, annotations: predictions + unpredicted, images }[show];
  }
  const { tp, fp, annotations } = evaluation;
  return { predictions: tp + fp, annotations, images }[show];
}

/**
 * The classes with how many items each would leave, the most first.
 *
 * @param counts by name, of what is listed but for conditions on classes; null where they are not known.
 */
export function classValues(
  evaluation: AnyEvaluation,
  counts: ReadonlyMap<string, number> | null,
): ClassValue[] {
  const rows = evaluation.per_class as readonly (ClassResult | ClassifiedClass)[];
  return rows
    .map((row) => ({
      name: row.class,
      color: row.color,
      query: row.query,
      count: counts === null ? null : (counts.get(row.class) ?? 0),
    }))
    .toSorted((a, b) => (b.count ?? 0) - (a.count ?? 0));
}
