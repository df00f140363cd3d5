/** What an evaluation says of an item, in words. */
import { OUTCOME_WORDS, REASON_WORDS, type Outcome } from "./judged";

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

/** Null where the evaluation says nothing of the item. */
export function verdictOf(item: { outcome: string | null; reason: string | null }): Verdict | null {
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
