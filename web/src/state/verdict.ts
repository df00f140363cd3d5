/** What an evaluation says of an item, in words. */
import { FINDINGS, OUTCOME_WORDS, REASON_WORDS, type Finding, type Outcome } from "./outcomes";

export interface Verdict {
  outcome: Outcome;
  /** "FP". */
  name: string;
  /** "background"; null where nothing is wrong. */
  reason: string | null;
  /** What both mean. */
  meaning: string;
}

/** The overlap that says something: where there is none with an annotation of its class, the reason says so. */
export const tellingIou = (iou: number | null | undefined): number | null =>
  iou !== null && iou !== undefined && iou > 0 ? iou : null;

const isOutcome = (text: string): text is Outcome => text in OUTCOME_WORDS;

export interface Evaluated {
  outcome: string | null;
  reason: string | null;
}

/** Null where the evaluation says nothing of the item. */
export function verdictOf(item: Evaluated): Verdict | null {
  if (item.outcome === null || !isOutcome(item.outcome)) return null;
  const { name, meaning } = OUTCOME_WORDS[item.outcome];
  const why = item.reason === null ? undefined : REASON_WORDS[item.reason];
  return {
    outcome: item.outcome,
    name,
    reason: item.reason === null ? null : (why?.short ?? item.reason),
    meaning: why === undefined ? meaning : `${meaning}. ${why.meaning}`,
  };
}

function findingOf({ outcome, reason }: Evaluated): Finding | undefined {
  const all = [...FINDINGS.prediction, ...FINDINGS.annotation];
  return (
    all.find(({ term }) => reason !== null && outcome === "fn" && term === `reason:${reason}`) ??
    all.find(({ term }) => term === `outcome:${outcome ?? ""}`)
  );
}

/**
 * The same of a classification or of a label: "Misclassified · cat".
 *
 * @param other class on the other side: the label of what is predicted, the prediction of what is labelled.
 */
export function verdictOnClass(item: Evaluated, other: string | null): Verdict | null {
  const finding = findingOf(item);
  if (finding === undefined) return null;
  const { name, meaning, outcome } = finding;
  const wrong = name === "Misclassified" && other !== null;
  const told = item.outcome === "fn" ? "Predicted is" : "The label is";
  return {
    outcome,
    name,
    reason: wrong ? other : null,
    meaning: wrong ? `${meaning}. ${told} ${other}` : meaning,
  };
}
