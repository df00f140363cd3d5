/** Items judged by an evaluation: their outcomes and reasons, as terms of the query that lists them. */
import type { ItemScope } from "../api/client";
import type { Outcome, Reason } from "../api/vocabulary";
import type { Task } from "./predictionsSearch";
import type { ComparisonRequest, EvaluationRequest } from "./evaluationRequest";
import { allOf, isAbout, isWanted, termText, withAlso, withOnly, type TermText } from "./queryText";

/** The evaluation that items are judged by, as the API's item routes take it. */
export interface EvaluatedBy {
  predictions: string;
  /** Neither is there where the set is one of classifications. */
  task?: Task;
  iou?: number;
  /** Absent: that of each set. */
  confidence?: number;
  /** The evaluation's own filter. */
  within: string;
  covered_only: boolean;
  /** The set that images are compared with, for `compared:`. */
  other?: string;
  /** Of that set; absent: as `confidence`. */
  compared_confidence?: number;
}

/** Whether the items are judged by an evaluation of classifications. */
export const isByClassification = (evaluatedBy: EvaluatedBy): boolean => evaluatedBy.task === undefined;

export function evaluatedByRequest({
  query,
  ...request
}: EvaluationRequest | ComparisonRequest): EvaluatedBy {
  return { ...request, within: query };
}

/** The same comparison with the items judged by the other set; null where there is none. */
export function judgedByOther(evaluatedBy: EvaluatedBy | undefined): EvaluatedBy | null {
  if (evaluatedBy?.other === undefined) return null;
  const { predictions: other, other: predictions, ...rest } = evaluatedBy;
  const { confidence: compared_confidence, compared_confidence: confidence } = evaluatedBy;
  return { ...rest, predictions, other, confidence, compared_confidence };
}

/** What is the same while the sliders move. */
export function sameButThresholds(a: EvaluatedBy | undefined, b: EvaluatedBy | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.predictions === b.predictions &&
    a.task === b.task &&
    a.within === b.within &&
    a.covered_only === b.covered_only &&
    a.other === b.other
  );
}

export type { Outcome };

/** Outcomes that a kind of item can have; of an image, those that its objects can have. */
export const OUTCOMES: Record<ItemScope, readonly Outcome[]> = {
  prediction: ["tp", "fp", "ignored"],
  annotation: ["fn", "matched", "ignored"],
  image: ["fn", "fp", "tp"],
};

/** Why an item is wrong; what is right has none. */
type Wrong = Exclude<Reason, "none">;

const OF_PREDICTIONS: readonly Wrong[] = [
  "background",
  "localisation",
  "class",
  "duplicate",
  "class+localisation",
];

/** Why items of a kind are wrong. */
export const REASONS: Record<ItemScope, readonly Wrong[]> = {
  prediction: OF_PREDICTIONS,
  annotation: ["missed", "localisation", "class"],
  image: OF_PREDICTIONS,
};

/** The outcome that has reasons. */
const WRONG: Record<ItemScope, Outcome> = { prediction: "fp", annotation: "fn", image: "fp" };

interface Words {
  name: string;
  meaning: string;
}

/** How many objects of an image are right, wrong and missed. */
export type OutcomeCounts = Record<"tp" | "fp" | "fn", number>;

export function countOutcomes(shapes: readonly { outcome: string | null }[]): OutcomeCounts {
  const count = (wanted: Outcome): number => shapes.filter(({ outcome }) => outcome === wanted).length;
  return { tp: count("tp"), fp: count("fp"), fn: count("fn") };
}

export const OUTCOME_WORDS: Record<Outcome, Words> = {
  tp: { name: "TP", meaning: "A prediction that is right: it matches an annotation" },
  fp: { name: "FP", meaning: "A prediction that is wrong" },
  fn: { name: "FN", meaning: "An annotation that no prediction matches" },
  matched: { name: "Found", meaning: "An annotation that a prediction matches" },
  ignored: { name: "Ignored", meaning: "Left out of the count, as what lies in a crowd region" },
};

const WORDS_OF_REASONS: Record<Wrong, Words & { short: string }> = {
  missed: { name: "Missed", short: "missed", meaning: "No prediction points at the annotation" },
  background: { name: "Background", short: "background", meaning: "Nothing is annotated there" },
  localisation: {
    name: "Localisation",
    short: "localisation",
    meaning: "Right class, but the overlap is below the threshold",
  },
  class: {
    name: "Wrong class",
    short: "wrong class",
    meaning:
      "A false positive that overlaps an annotation of another class by at least the threshold; the confusion matrix pairs by overlap alone",
  },
  duplicate: {
    name: "Duplicate",
    short: "duplicate",
    meaning: "A better prediction has taken the annotation already",
  },
  "class+localisation": {
    name: "Class and localisation",
    short: "class, localisation",
    meaning: "Some overlap with an annotation of another class, below the threshold",
  },
};

export const REASON_WORDS: Record<string, Words & { short: string }> = WORDS_OF_REASONS;

/** One of the things that an evaluation of classifications finds of an item; each item has at most one. */
export interface Finding extends Words {
  /** Finds the items. */
  term: string;
  outcome: Outcome;
}

const CORRECT = { name: "Correct", outcome: "tp", term: "outcome:tp" } as const;
const MISCLASSIFIED = { name: "Misclassified", outcome: "fp", term: "outcome:fp" } as const;

/** What can be found of the items of a set of classifications. */
export const FINDINGS: Record<ItemScope, readonly Finding[]> = {
  prediction: [
    { ...MISCLASSIFIED, meaning: "The predicted class is not the image’s label" },
    { ...CORRECT, meaning: "The predicted class is the image’s label" },
    {
      name: "Ignored",
      outcome: "ignored",
      term: "outcome:ignored",
      meaning: "Not evaluated: the image has no label, or several",
    },
  ],
  annotation: [
    {
      name: "Unpredicted",
      outcome: "fn",
      term: "reason:missed",
      meaning: "Nothing is predicted for the image",
    },
    { ...MISCLASSIFIED, term: "reason:class", meaning: "Another class is predicted for the image" },
    {
      ...CORRECT,
      outcome: "matched",
      term: "outcome:matched",
      meaning: "It is what is predicted for the image",
    },
    {
      name: "Ignored",
      outcome: "ignored",
      term: "outcome:ignored",
      meaning: "Not evaluated: the image has several labels",
    },
  ],
  image: [
    { ...MISCLASSIFIED, meaning: "Images of which another class is predicted than they are labelled with" },
    { ...CORRECT, meaning: "Images of which their label is predicted" },
  ],
};

/**
 * What holds of all items that a page of an evaluation lists, beside what a person asks for.
 *
 * Annotations have an outcome where the evaluation has judged them, and only such predictions are listed at all. Images
 * have none of their own: they are those that its filter leaves.
 */
export const IMPLIED: Record<ItemScope, string> = {
  prediction: "",
  annotation: "outcome:*",
  image: "evaluated:true",
};

/** A query that the API has built upon a listing, without what is implied there. */
export function withoutImplied(text: string): string {
  return text
    .split(/("(?:[^"\\]|\\.)*")/)
    .map((part, at) =>
      at % 2 === 1 ? part : part.replace(/(^|[\s(])(?:outcome:\*|evaluated:true)(?=$|[\s)])/g, "$1"),
    )
    .join("")
    .replace(/ {2,}/g, " ")
    .trim();
}

export const outcomeTerm = (outcome: Outcome): string => termText("outcome", outcome);
export const reasonTerm = (reason: string): string => termText("reason", reason);

export const isOutcomeOn = (terms: readonly TermText[], outcome: Outcome): boolean =>
  isWanted(terms, "outcome", outcomeTerm(outcome));
export const isReasonOn = (terms: readonly TermText[], reason: string): boolean =>
  isWanted(terms, "reason", reasonTerm(reason));

function without(terms: readonly TermText[], ...keys: string[]): TermText[] {
  return terms.filter((term) => !keys.some((key) => isAbout(term, key)));
}

/** The query once an outcome's switch is pressed: reasons go with the outcome that has them. */
export function toggleOutcome(terms: readonly TermText[], scope: ItemScope, outcome: Outcome): string {
  const keepsReasons =
    outcome === WRONG[scope] ? !isOutcomeOn(terms, outcome) : isOutcomeOn(terms, WRONG[scope]);
  const left = keepsReasons ? terms : without(terms, "reason");
  // Conditions on an image's objects speak of one object, which has one outcome.
  return (scope === "image" ? withOnly : withAlso)(left, "outcome", outcomeTerm(outcome));
}

/** The query once a reason's switch is pressed: outcomes that have no reasons make way. */
export function toggleReason(terms: readonly TermText[], scope: ItemScope, reason: string): string {
  const fits = isOutcomeOn(terms, WRONG[scope]) || !terms.some((term) => isAbout(term, "outcome"));
  return withAlso(fits ? terms : without(terms, "outcome"), "reason", reasonTerm(reason));
}

export const isFindingOn = (terms: readonly TermText[], { term }: Finding): boolean =>
  terms.some(({ text }) => text === term);

/** The query once a finding's switch is pressed: it takes the place of any other. */
export function toggleFinding(terms: readonly TermText[], finding: Finding): string {
  const left = without(terms, "outcome", "reason").map(({ text }) => text);
  return allOf(isFindingOn(terms, finding) ? left : [...left, finding.term]);
}

/** The query for another kind of items: what only the present kind has is left out. */
export function queryForOthers(terms: readonly TermText[]): string {
  const ofOneKind = ["outcome", "reason", "iou", "confidence", "true_class", "predicted_class", "compared"];
  return allOf(without(terms, ...ofOneKind).map((term) => term.text));
}
